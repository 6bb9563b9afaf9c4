internal import Engine
internal import Reconciliation

/// Pending rows by their age.
struct PendingReader {
    /// Rows looked at in one go.
    static let rowsLookedAt = 1_000_000

    let mapping: TableMapping
    let rows: RowWalk

    func ages(at now: Timestamp) throws -> PendingAges {
        var ages = PendingAges()
        // Rows accepted in the same second are many: the text is read as a time once.
        var starts = RepeatedStarts(mapping: mapping, column: 2)
        let isWhole = try rows.each(atMost: Self.rowsLookedAt) { row in
            if row.key(1) == nil {
                ages.withoutKey += 1
            } else if let time = starts.next(row) {
                ages.add(age: max(now - time, .zero))
            } else {
                ages.withoutTime += 1
            }
            return .more
        }
        ages.isCutShort = !isWhole
        return ages
    }
}

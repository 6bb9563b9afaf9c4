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
        var lastValue = SQLValue.null
        var lastTime: Timestamp?
        let isWhole = try rows.each(atMost: Self.rowsLookedAt) { row in
            let value = row.value(2)
            if value != lastValue {
                lastValue = value
                lastTime = mapping.time.time(value)
            }
            if row.key(1) == nil {
                ages.withoutKey += 1
            } else if let time = lastTime {
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

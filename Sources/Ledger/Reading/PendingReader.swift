internal import Engine
internal import Reconciliation

/// Pending rows by their age.
struct PendingReader {
    /// Rows looked at in one go.
    static let rowsLookedAt = 1_000_000

    let mapping: TableMapping
    let connection: Connection

    func ages(at now: Timestamp) throws -> PendingAges {
        var ages = PendingAges()
        var looked = 0
        // Rows accepted in the same second are many: the text is read as a time once.
        var starts = RepeatedStarts(mapping: mapping, column: 1)
        try connection.statement(
            """
            SELECT n.\(mapping.key), \(mapping.startColumns)
            FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending)) LIMIT \(Self.rowsLookedAt + 1)
            """
        ).each { row in
            guard looked < Self.rowsLookedAt else {
                ages.isCutShort = true
                return .stop
            }
            looked += 1
            if row.key(0) == nil {
                ages.withoutKey += 1
            } else if let time = starts.next(row) {
                ages.add(age: max(now - time, .zero))
            } else {
                ages.withoutTime += 1
            }
            return .more
        }
        return ages
    }
}

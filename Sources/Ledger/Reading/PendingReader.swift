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
        var lastValue = SQLValue.null
        var lastTime: Timestamp?
        try connection.statement(
            """
            SELECT n.\(mapping.key), n.\(mapping.acceptedAt)
            FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending)) LIMIT \(Self.rowsLookedAt + 1)
            """
        ).each { row in
            guard looked < Self.rowsLookedAt else {
                ages.isCutShort = true
                return .stop
            }
            looked += 1
            let value = row.value(1)
            if value != lastValue {
                lastValue = value
                lastTime = mapping.time.time(value)
            }
            if row.key(0) == nil {
                ages.withoutKey += 1
            } else if let time = lastTime {
                ages.add(age: max(now - time, .zero))
            } else {
                ages.withoutTime += 1
            }
            return .more
        }
        return ages
    }
}

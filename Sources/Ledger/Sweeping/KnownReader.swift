internal import Reconciliation

/// Finds the rows that reports about given keys could still change (`Ledger.known`).
final class KnownReader {
    private let mapping: TableMapping
    private let connection: Connection
    private let byKey: Statement

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.mapping = mapping
        self.connection = connection
        byKey = try Statement(
            connection,
            """
            SELECT n.\(mapping.rowid), \(mapping.statusNumber), n.\(mapping.acceptedAt), t.message_key IS NOT NULL,
                t.next_ask_at, \(Tracking.columns)
            FROM \(mapping.table) AS n
            LEFT JOIN reconciler_message AS t ON t.message_key = ?1
            \(mapping.whereKeyIs("?1"))
            """)
    }

    /// Reads in steps of a `TimeSlice`, between which others may write.
    func messages(_ keys: [MessageKey], at now: Timestamp, after: Duration) throws -> [KnownMessage] {
        var found: [KnownMessage] = []
        found.reserveCapacity(keys.count)
        try connection.read(each: keys) { key in
            let known = try byKey.first(SQLValue(key)) { self.message(key, $0, at: now, after: after) }
            if let known = known ?? nil { found.append(known) }
        }
        return found
    }

    private func message(_ key: MessageKey, _ row: Statement, at now: Timestamp, after: Duration) -> KnownMessage? {
        let status = TableMapping.status(row.integer(1))
        guard status == .pending || status == .deadLetter else { return nil }
        let acceptedAt = mapping.time.time(row.value(2))
        let tracking = row.flag(3) ? Tracking(row, from: 5) : nil
        let turn = Turn(status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: row.time(4), after: after)
        let message = DueMessage(
            key: key, row: RowLocator(rowid: row.integer(0)), status: status, acceptedAt: acceptedAt,
            tracking: tracking?.holding(for: status) ?? Tracking())
        return KnownMessage(message, isDue: turn.isDue(at: now))
    }
}

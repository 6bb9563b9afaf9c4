internal import Reconciliation

/// Finds the rows that reports about given keys could still change (`Ledger.known`).
final class KnownReader {
    private let connection: Connection
    private let rows: RowTable
    private let sentAgain: SentAgain
    private let byKey: Statement

    init(_ mapping: TableMapping, rows: RowTable, _ sentAgain: SentAgain, on connection: Connection) throws {
        self.connection = connection
        self.rows = rows
        self.sentAgain = sentAgain
        byKey = try Statement(
            connection,
            """
            SELECT \(RowTable.columns(mapping)), t.message_key IS NOT NULL, t.next_ask_at, \(Tracking.columns)
            FROM \(mapping.table) AS n
            LEFT JOIN reconciler_message AS t ON t.message_key = ?1
            \(mapping.whereKeyIs("?1"))
            """)
    }

    /// Reads in steps of a `TimeSlice`, between which others may write.
    func messages(_ keys: [MessageKey], at now: Timestamp, _ policy: Policy) throws -> [KnownMessage] {
        var found: [KnownMessage] = []
        found.reserveCapacity(keys.count)
        try connection.read(each: keys) { key in
            let known = try byKey.first(SQLValue(key)) { try self.message(key, $0, at: now, policy) }
            if let known = known ?? nil { found.append(known) }
        }
        return found
    }

    private func message(
        _ key: MessageKey, _ row: Statement, at now: Timestamp, _ policy: Policy
    ) throws -> KnownMessage? {
        let present = rows.row(row, from: 0)
        let status = present.status
        guard status == .pending || status == .deadLetter else { return nil }
        let tracking = row.flag(5) ? Tracking(row, from: 7) : nil
        var message = DueMessage(
            key: key, row: present.locator, status: status,
            acceptedAt: tracking?.start(present.start) ?? present.start,
            tracking: tracking?.holding(for: status) ?? Tracking())
        if status == .pending, tracking == nil,
            try sentAgain.isMessage(key, in: message.row, from: message.acceptedAt)
        {
            message = message.firstSeen(at: now)
        }
        let turn = Turn(
            status, acceptedAt: message.acceptedAt, tracking: tracking, nextAskAt: row.time(6), after: policy.after,
            window: policy.window)
        return KnownMessage(message, turn, at: now, after: policy.after)
    }
}

internal import Reconciliation

/// Finds the rows that reports about given keys could still change (`Ledger.known`).
final class KnownReader {
    private let mapping: TableMapping
    private let byKey: Statement

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.mapping = mapping
        byKey = try Statement(
            connection,
            """
            SELECT n.\(mapping.rowid), \(mapping.statusNumber), n.\(mapping.acceptedAt), t.message_key IS NOT NULL,
                t.next_ask_at, t.answers, t.answered_in_window, t.last_code, t.failures, t.reason
            FROM \(mapping.table) AS n
            LEFT JOIN reconciler_message AS t ON t.message_key = ?1
            \(mapping.whereKeyIs("?1"))
            """)
    }

    func messages(_ keys: [MessageKey], at now: Timestamp, acceptedBefore: Timestamp) throws -> [KnownMessage] {
        var found: [KnownMessage] = []
        found.reserveCapacity(keys.count)
        for key in keys {
            let known = try byKey.first(SQLValue(key)) { row in
                self.message(key, row, at: now, acceptedBefore: acceptedBefore)
            }
            if let known = known ?? nil { found.append(known) }
        }
        return found
    }

    private func message(
        _ key: MessageKey, _ row: Statement, at now: Timestamp, acceptedBefore: Timestamp
    ) -> KnownMessage? {
        let status = TableMapping.status(row.integer(1))
        guard status == .pending || status == .deadLetter else { return nil }
        let acceptedAt = mapping.time.time(row.value(2))
        let isTracked = row.flag(3)
        let tracking =
            isTracked
            ? Tracking(
                answers: row.count(5), answeredInWindow: row.flag(6), lastCode: row.text(7).flatMap(ReportCode.init),
                failures: row.count(8), reason: row.text(9).flatMap(DeadLetterReason.init(rawValue:)))
            : Tracking()
        let message = DueMessage(
            key: key, row: RowLocator(rowid: row.integer(0)), status: status, acceptedAt: acceptedAt,
            tracking: status == .pending && tracking.reason != nil ? Tracking() : tracking)
        let isDue: Bool =
            if isTracked, tracking.isDue(whenRowIs: status), !row.isNull(4) {
                row.integer(4) <= now.milliseconds
            } else {
                // One that was asked before and is pending without waiting was put back by hand: due now.
                status == .pending && (isTracked || acceptedAt.map { $0 <= acceptedBefore } ?? true)
            }
        return KnownMessage(message, isDue: isDue)
    }
}

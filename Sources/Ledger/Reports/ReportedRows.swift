internal import Reconciliation

/// Finds messages by their keys, through the index on it, whatever their age and status.
final class ReportedRows {
    private let mapping: TableMapping
    private let byKey: Statement

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.mapping = mapping
        byKey = try Statement(connection, Self.query(mapping))
    }

    static func query(_ mapping: TableMapping) -> String {
        """
        SELECT n.\(mapping.rowid), \(mapping.statusNumber), n.\(mapping.acceptedAt), t.answers, t.answered_in_window,
            t.last_code, t.failures, t.reason
        FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON t.message_key = ?1
        \(mapping.whereKeyIs("?1"))
        """
    }

    func find(_ key: MessageKey) throws -> DueMessage? {
        try byKey.first(SQLValue(key)) { row in
            let status = TableMapping.status(row.integer(1))
            return DueMessage(
                key: key, row: RowLocator(rowid: row.integer(0)), status: status,
                acceptedAt: mapping.time.time(row.value(2)), tracking: tracking(row, of: status))
        }
    }

    private func tracking(_ row: Statement, of status: RowStatus) -> Tracking {
        guard !row.isNull(3) else { return Tracking() }
        let tracking = Tracking(
            answers: row.count(3), answeredInWindow: row.flag(4), lastCode: row.text(5).flatMap(ReportCode.init),
            failures: row.count(6), reason: row.text(7).flatMap(DeadLetterReason.init(rawValue:)))
        // A dead letter that was put back by hand starts anew.
        return status == .pending && tracking.reason != nil ? Tracking() : tracking
    }
}

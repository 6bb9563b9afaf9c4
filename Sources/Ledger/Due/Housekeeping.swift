internal import Reconciliation

/// Removes what nobody needs any more, a bounded piece at a time, inside a transaction of its caller's.
final class Housekeeping {
    /// Audit rows and tracking rows looked at in one go.
    static let auditRowsAtOnce = 5_000
    static let trackingRowsAtOnce = 1_000

    private let rows: RowTable
    private let tracking: TrackingTable
    private let nextTracked: Statement
    private let position: Statement
    private let pruneAudit: Statement
    private let bringBack: Statement
    /// How far the sweep over all tracking rows has come; it begins anew when it has come to the end.
    private var sweptTo = ""

    init(rows: RowTable, tracking: TrackingTable, on connection: Connection) throws {
        self.rows = rows
        self.tracking = tracking
        nextTracked = try Statement(
            connection,
            """
            SELECT message_key, row_id FROM reconciler_message WHERE message_key > ?1
            ORDER BY message_key LIMIT \(Self.trackingRowsAtOnce)
            """)
        position = try Statement(connection, "SELECT row_id FROM reconciler_message WHERE message_key = ?1")
        // In the order in which they were written, which needs no index on the time.
        pruneAudit = try Statement(
            connection,
            """
            DELETE FROM reconciler_audit WHERE at < ?1 AND id IN
                (SELECT id FROM reconciler_audit ORDER BY id LIMIT \(Self.auditRowsAtOnce))
            """)
        bringBack = try Statement(
            connection,
            """
            UPDATE reconciler_message SET next_ask_at = ?1 WHERE message_key IN
                (SELECT message_key FROM reconciler_message WHERE next_ask_at > ?2
                ORDER BY next_ask_at DESC LIMIT \(Self.trackingRowsAtOnce))
            """)
    }

    /// Times to ask that are further away than any schedule makes them were noted while the clock was ahead. Now is
    /// when they would be, or should have been.
    func bringBack(notAskedBefore limit: Timestamp, to now: Timestamp) throws {
        try bringBack.run(SQLValue(now), SQLValue(limit))
    }

    /// - Parameter suspects: messages that were met in passing and seem to need no tracking.
    func tidy(auditBefore limit: Timestamp, suspects: Set<MessageKey>) throws {
        try pruneAudit.run(SQLValue(limit))
        for key in suspects {
            guard let row = try position.first(SQLValue(key), read: { $0.integer(0) }) else { continue }
            try check(key, RowLocator(rowid: row))
        }
        let swept = try nextTracked.all(.text(sweptTo)) {
            (key: MessageKey($0.text(0) ?? ""), row: RowLocator(rowid: $0.integer(1)))
        }
        for message in swept { try check(message.key, message.row) }
        sweptTo = swept.count < Self.trackingRowsAtOnce ? "" : swept.last?.key.text ?? ""
    }

    private func check(_ key: MessageKey, _ row: RowLocator) throws {
        try tracking.forget(key, whoseRowIs: try rows.locate(key, lastSeenAt: row)?.status)
    }
}

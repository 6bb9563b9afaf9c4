internal import Reconciliation

/// Knows rows in which the application has sent again: another message's key was in them before.
///
/// Of that other message the reconciler has a tracking row, or an entry in the audit. One accepted later than what is
/// known of it is a new message: the row's address is used again, or the application has written the time, too.
final class SentAgain {
    private let mapping: TableMapping
    private let tracking: TrackingTable
    private let after: Duration
    private let hadAnotherKey: Statement
    private let unknown: Statement

    static let query = """
        SELECT EXISTS (
            SELECT 1 FROM reconciler_message
            WHERE row_id = ?1 AND message_key <> ?2 AND coalesce(noted_at, settled_at, ?3) >= ?3
        ) OR EXISTS (
            SELECT 1 FROM reconciler_audit WHERE row_id = ?1 AND message_key <> ?2 AND at >= ?3
        )
        """

    init(_ mapping: TableMapping, _ tracking: TrackingTable, after: Duration, on connection: Connection) throws {
        self.mapping = mapping
        self.tracking = tracking
        self.after = after
        hadAnotherKey = try Statement(connection, Self.query)
        unknown = try Statement(
            connection,
            """
            SELECT n.\(mapping.key), \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE n.\(mapping.rowid) = ?1 AND \(mapping.statusNumber) = 0 AND NOT EXISTS (
                SELECT 1 FROM reconciler_message WHERE message_key = CAST(n.\(mapping.key) AS TEXT) COLLATE BINARY)
            """)
    }

    /// Whether the row had another key before.
    /// - Parameters:
    ///   - key: of a pending message without tracking.
    ///   - start: from when its age counts, as far as its row tells. Nil is never given up.
    func isMessage(_ key: MessageKey, in row: RowLocator, from start: Timestamp?) throws -> Bool {
        guard let start else { return false }
        return try hadAnotherKey.first(.integer(row.rowid), SQLValue(key), SQLValue(start)) { $0.flag(0) } ?? false
    }

    /// Notes the message that is now in the row, before its former one is forgotten: from now on its age counts, and it
    /// is left to its webhook for a while. To be called in a transaction for writing.
    func note(in row: RowLocator, insteadOf former: MessageKey, at now: Timestamp) throws {
        let found = try unknown.first(.integer(row.rowid)) {
            (key: $0.key(0), start: self.mapping.start($0, at: 1))
        }
        guard let found, let key = found.key, key != former, let start = found.start, start <= now else { return }
        try tracking.save(
            key, row, nextAskAt: now + after, Tracking(firstSeenAt: now), reason: nil, at: now)
    }
}

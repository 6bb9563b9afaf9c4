internal import Reconciliation

/// Finds a message of whose delivery only the application knows: once webhooks arrive again, it settles rows before the
/// reconciler asks about any. Rows the reconciler has settled are left out: it has judged them by their reports, and
/// one that a fallback delivered says nothing of the account.
struct LatestSent {
    /// The newest rows of the table, looked at in one go.
    static let rowsLookedAt = 1_000

    let mapping: TableMapping
    let connection: Connection

    /// When the last accepted of the newest such rows was accepted, or was to leave; its report came later than that. In whole seconds,
    /// as the provider's report times are, so that the two can be compared. Times after `now` are mistakes and count
    /// for nothing.
    func acceptedAt(noLaterThan now: Timestamp) throws -> Timestamp? {
        try connection.statement(
            """
            SELECT accepted_at, scheduled_at FROM (
                SELECT n.\(mapping.acceptedAt) AS accepted_at,
                    \(mapping.scheduledAt.map { "n.\($0)" } ?? "NULL") AS scheduled_at, \(mapping.statusNumber) AS status,
                    CAST(n.\(mapping.key) AS TEXT) AS key
                FROM \(mapping.table) AS n ORDER BY n.\(mapping.rowid) DESC LIMIT \(Self.rowsLookedAt)
            ) WHERE status = 1 AND NOT EXISTS (
                SELECT 1 FROM reconciler_audit AS a WHERE a.message_key = key AND a.to_status = 'sent'
            )
            """
        ).all { mapping.start($0, at: 0) }.compactMap(\.self).filter { $0 <= now }.max().map {
            Timestamp(seconds: $0.milliseconds / 1000)
        }
    }
}

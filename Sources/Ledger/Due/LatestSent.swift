internal import Reconciliation

/// Finds a message that was delivered lately, whoever turned its row: once webhooks arrive again, the application
/// settles rows before the reconciler asks about any.
struct LatestSent {
    /// The newest rows of the table, looked at in one go.
    static let rowsLookedAt = 1_000

    let mapping: TableMapping
    let connection: Connection

    /// When the last accepted of the newest rows that are sent was accepted; its report came later than that.
    /// Times after `now` are mistakes and count for nothing.
    func acceptedAt(noLaterThan now: Timestamp) throws -> Timestamp? {
        try connection.statement(
            """
            SELECT accepted_at FROM (
                SELECT n.\(mapping.acceptedAt) AS accepted_at, \(mapping.statusNumber) AS status
                FROM \(mapping.table) AS n ORDER BY n.\(mapping.rowid) DESC LIMIT \(Self.rowsLookedAt)
            ) WHERE status = 1
            """
        ).all { mapping.time.time($0.value(0)) }.compactMap(\.self).filter { $0 <= now }.max()
    }
}

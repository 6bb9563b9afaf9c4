internal import Reconciliation

/// Knows rows in which the application has sent again: another message's key was in them before.
///
/// Of that other message the reconciler has a tracking row, or an entry in the audit. One accepted later than what is
/// known of it is a new message: the row's address is used again, or the application has written the time, too.
final class SentAgain {
    private let hadAnotherKey: Statement

    static let query = """
        SELECT EXISTS (
            SELECT 1 FROM reconciler_message
            WHERE row_id = ?1 AND message_key <> ?2 AND coalesce(noted_at, settled_at, ?3) >= ?3
        ) OR EXISTS (
            SELECT 1 FROM reconciler_audit WHERE row_id = ?1 AND message_key <> ?2 AND at >= ?3
        )
        """

    init(on connection: Connection) throws {
        hadAnotherKey = try Statement(connection, Self.query)
    }

    /// Whether the row had another key before.
    /// - Parameters:
    ///   - key: of a pending message without tracking.
    ///   - start: from when its age counts, as far as its row tells. Nil is never given up.
    func isMessage(_ key: MessageKey, in row: RowLocator, from start: Timestamp?) throws -> Bool {
        guard let start else { return false }
        return try hadAnotherKey.first(.integer(row.rowid), SQLValue(key), SQLValue(start)) { $0.flag(0) } ?? false
    }

    /// Whether that is so of a message, as far as it matters: a pending one of which nothing is known yet.
    func isMessage(_ state: MessageState) throws -> Bool {
        guard state.status == .pending, state.tracking == nil else { return false }
        return try isMessage(state.key, in: state.row, from: state.start)
    }
}

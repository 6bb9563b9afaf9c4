internal import Reconciliation

/// Knows rows in which the application has sent again: another message's key was in them before.
///
/// Of that other message the reconciler has a tracking row, or an entry in the audit. One accepted later than what is
/// known of it is a new message: the row's address is used again, or the application has written the time, too.
final class SentAgain {
    private let hadAnotherKey: any PreparedStatement
    private let next: any PreparedStatement
    private let previous: any PreparedStatement

    /// Rows of which nothing is known, as a walk over them has found. Lasts no longer than a transaction, or a step of the
    /// walk: others may write after it.
    struct Stretch {
        let isBackwards: Bool
        fileprivate var rows: ClosedRange<Int64>?

        init(isBackwards: Bool) {
            self.isBackwards = isBackwards
        }
    }

    static let query = """
        SELECT EXISTS (
            SELECT 1 FROM reconciler_message
            WHERE row_id = ?1 AND message_key <> ?2 AND coalesce(noted_at, settled_at, ?3) >= ?3
        ) OR EXISTS (
            SELECT 1 FROM reconciler_audit WHERE row_id = ?1 AND message_key <> ?2 AND at >= ?3
        )
        """

    /// The first row from there on of which something is known, and the last one back from there.
    static let nextQuery = """
        SELECT min(known) FROM (
            SELECT (SELECT row_id FROM reconciler_message WHERE row_id >= ?1 ORDER BY row_id LIMIT 1) AS known UNION ALL
            SELECT (SELECT row_id FROM reconciler_audit WHERE row_id >= ?1 ORDER BY row_id LIMIT 1)) AS known_rows
        """
    static let previousQuery = """
        SELECT max(known) FROM (
            SELECT (SELECT row_id FROM reconciler_message WHERE row_id <= ?1 ORDER BY row_id DESC LIMIT 1) AS known UNION ALL
            SELECT (SELECT row_id FROM reconciler_audit WHERE row_id <= ?1 ORDER BY row_id DESC LIMIT 1)) AS known_rows
        """

    init(on database: any Database) throws {
        hadAnotherKey = try database.prepare(Self.query)
        next = try database.prepare(Self.nextQuery)
        previous = try database.prepare(Self.previousQuery)
    }

    /// Whether the row had another key before.
    /// - Parameters:
    ///   - key: of a pending message without tracking.
    ///   - start: from when its age counts, as far as its row tells. Nil is never given up.
    func isMessage(_ key: MessageKey, in row: RowLocator, from start: Timestamp?) throws -> Bool {
        guard let start else { return false }
        return try hadAnotherKey.first(SQLValue(row), SQLValue(key), SQLValue(start)) { $0.flag(0) } ?? false
    }

    /// Whether that is so of a message, as far as it matters: a pending one of which nothing is known yet.
    func isMessage(_ state: MessageState) throws -> Bool {
        guard state.status == .pending, state.tracking == nil else { return false }
        return try isMessage(state.key, in: state.row, from: state.start)
    }

    /// The same, of one of many rows in a walk: where rows have numbers, and nothing is known of a whole stretch, no row of
    /// it is looked up.
    func isMessage(_ state: MessageState, in stretch: inout Stretch) throws -> Bool {
        guard let row = state.row.number else { return try isMessage(state) }
        if let rows = stretch.rows, rows.contains(row) { return false }
        guard state.tracking == nil else { return false }
        if stretch.isBackwards {
            let known = try bound(previous, row) ?? .min
            stretch.rows = known < row ? known + 1...row : nil
        } else {
            let known = try bound(next, row) ?? .max
            stretch.rows = known > row ? row...known - 1 : nil
        }
        return try stretch.rows == nil && isMessage(state)
    }

    /// Nil where nothing is known of any row on that side.
    private func bound(_ statement: any PreparedStatement, _ row: Int64) throws -> Int64? {
        try statement.first(.integer(row)) { $0.isNull(0) ? nil : $0.integer(0) } ?? nil
    }
}

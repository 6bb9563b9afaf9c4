internal import Reconciliation

/// Looks at the pending rows from the oldest on. Without an index it walks the table, as `due` does.
final class PendingOutlineReader {
    /// Of so many rows the times are read. Rows are accepted in the order of the table, or nearly: one that was put in
    /// long after it was accepted, behind a thousand others, is found when it has come among them.
    static let rowsTimed = 1_000
    /// Where messages are reserved for later: those may be the oldest rows for months, and are not waited for yet.
    static let rowsTimedWithReserved = 20_000
    /// Where there are more, so many are looked at for unreadable ones, beginning where the last outline left off.
    static let rowsLookedAt = 10_000

    private let mapping: TableMapping
    private let connection: Connection
    private let count: Statement
    private let rows: Statement
    private var round = Round()

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        self.connection = connection
        let pending =
            "FROM \(mapping.table) AS n WHERE \(queries.pendingCondition) AND n.\(mapping.key) IS NOT NULL"
            + " AND n.\(mapping.key) <> ''"
        count = try Statement(
            connection, "SELECT count(*) FROM (SELECT 1 \(pending) ORDER BY n.\(mapping.rowid) LIMIT ?1)")
        rows = try Statement(
            connection,
            """
            SELECT n.\(mapping.rowid), n.\(mapping.key), \(mapping.startColumns) \(pending)
            AND n.\(mapping.rowid) > ?1 ORDER BY n.\(mapping.rowid) LIMIT ?2
            """)
    }

    func outline(countingUpTo most: Int) throws -> PendingOutline {
        var outline = PendingOutline(count: try count.first(SQLValue(most)) { $0.count(0) } ?? 0)
        var oldest = Piece()
        let most = mapping.scheduledAt == nil ? Self.rowsTimed : Self.rowsTimedWithReserved
        try look(past: .min, atMost: most, into: &oldest)
        outline.oldestAcceptedAt = oldest.oldestAcceptedAt
        if oldest.isLast {
            round = Round()
            outline.unreadable = oldest.unreadable
        } else {
            var piece = Piece()
            try look(past: round.position, atMost: Self.rowsLookedAt, into: &piece)
            round.add(piece)
            outline.unreadable = round.unreadable
        }
        if outline.count == 0 {
            outline.unreadable?.statuses = try UnmappedStatuses.read(mapping, connection, withKey: true)?.rows ?? 0
        }
        return outline
    }

    private func look(past row: Int64, atMost most: Int, into piece: inout Piece) throws {
        var looked = 0
        try rows.each(.integer(row), SQLValue(most)) { row in
            looked += 1
            piece.lastRow = row.integer(0)
            if row.holdsNoKey(1) {
                piece.unreadable.keys += 1
            } else if let time = mapping.start(row, at: 2) {
                piece.oldestAcceptedAt = min(piece.oldestAcceptedAt ?? time, time)
            } else {
                piece.unreadable.times += 1
            }
            return .more
        }
        piece.isLast = looked < most
    }

    /// What was found in some rows.
    private struct Piece {
        var lastRow = Int64.min
        var oldestAcceptedAt: Timestamp?
        var unreadable = UnreadableRows()
        /// Whether there are no rows behind them.
        var isLast = false
    }

    /// A walk over all pending rows in pieces, again and again.
    private struct Round {
        private(set) var position = Int64.min
        private var found = UnreadableRows()
        /// What the last whole round has found.
        private var known: UnreadableRows?

        mutating func add(_ piece: Piece) {
            found.times += piece.unreadable.times
            found.keys += piece.unreadable.keys
            position = piece.lastRow
            guard piece.isLast else { return }
            (known, found, position) = (found, UnreadableRows(), .min)
        }

        /// Nil until a whole round has found none.
        var unreadable: UnreadableRows? {
            if let known, known.total >= found.total { return known }
            return found.total > 0 ? found : nil
        }
    }
}

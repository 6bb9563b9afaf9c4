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
    private let rows: RowWalk
    private var round = Round()

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        self.connection = connection
        rows = try RowWalk(
            """
            SELECT n.\(mapping.rowid), n.\(mapping.key), \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE \(queries.pendingCondition) AND n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) <> ''
                AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid) LIMIT ?3
            """, mapping, walksTable: queries.plan == .tableWalk, on: connection)
    }

    func outline(countingUpTo most: Int) throws -> PendingOutline {
        var outline = PendingOutline(count: 0)
        var oldest = Piece()
        let timed = mapping.scheduledAt == nil ? Self.rowsTimed : Self.rowsTimedWithReserved
        oldest.isLast = try rows.each(atMost: max(most, timed)) { row in
            outline.count += 1
            if outline.count <= timed { oldest.add(row, mapping) }
            return .more
        }
        if outline.count > timed { oldest.isLast = false }
        outline.count = min(outline.count, most)
        outline.oldestAcceptedAt = oldest.oldestAcceptedAt
        if oldest.isLast {
            round = Round()
            outline.unreadable = oldest.unreadable
        } else {
            try lookOn()
            outline.unreadable = round.unreadable
        }
        if outline.count == 0 {
            outline.unreadable?.statuses = try UnmappedStatuses.read(mapping, connection, withKey: true)?.rows ?? 0
        }
        return outline
    }

    /// The next piece of the round.
    private func lookOn() throws {
        var piece = Piece()
        piece.isLast = true
        if let rest = rows.rest(of: .min ... .max, past: round.position) {
            piece.isLast = try rows.each(in: rest, atMost: Self.rowsLookedAt) { row in
                piece.add(row, mapping)
                return .more
            }
        }
        round.add(piece)
    }

    /// What was found in some rows.
    private struct Piece {
        var lastRow = Int64.min
        var oldestAcceptedAt: Timestamp?
        var unreadable = UnreadableRows()
        /// Whether there are no rows behind them.
        var isLast = false

        mutating func add(_ row: Statement, _ mapping: TableMapping) {
            lastRow = row.integer(0)
            if row.holdsNoKey(1) {
                unreadable.keys += 1
            } else if let time = mapping.start(row, at: 2) {
                oldestAcceptedAt = min(oldestAcceptedAt ?? time, time)
            } else {
                unreadable.times += 1
            }
        }
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

internal import Reconciliation

/// Looks over what is due without handing it out (`Ledger.survey`): from the oldest row on, and from the newest back.
final class DueOutline {
    /// Due messages counted from each end at most, and pending rows looked at for them, due or not.
    static let mostMessages = 25_000
    static let mostRows = 100_000

    private let mapping: TableMapping
    private let oldestFirst: RowWalk
    private let newestFirst: RowWalk
    private let watched: Statement
    private let lastRow: Statement

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        oldestFirst = try queries.walk(mapping, on: connection)
        newestFirst = try queries.walk(mapping, backwards: true, on: connection)
        watched = try Statement(connection, queries.watched)
        lastRow = try Statement(connection, "SELECT max(n.\(mapping.rowid)) FROM \(mapping.table) AS n")
    }

    /// - Parameter others: what is asked about besides.
    func survey(at now: Timestamp, _ policy: Policy, with others: [DueMessage]) throws -> DueSurvey {
        var surveyor = Surveyor()
        func look(_ rows: RowWalk, from: Int64, at end: Surveyor.End) throws -> (last: Int64, isEnd: Bool) {
            var last = from
            var counted = 0
            let isEnd = try rows.each(in: from ... .max, atMost: Self.mostRows) { row in
                last = row.integer(0)
                // Rows in which was sent again are few, and looked for when they are handed out.
                guard let state = MessageState(row, mapping), state.turn(policy).isDue(at: now) else { return .more }
                counted += 1
                surveyor.add(state.key, row: state.row, acceptedAt: state.acceptedAt, at: end)
                return counted < Self.mostMessages ? .more : .stop
            }
            return (last, isEnd)
        }
        let old = try look(oldestFirst, from: .min, at: .oldest)
        // What one end has seen, the other need not look at again.
        let isWhole =
            try old.isEnd || old.last == .max || look(newestFirst, from: old.last + 1, at: .newest).isEnd
        try lookAtWatched(now, policy, &surveyor)
        surveyor.add(others)
        let last = try lastRow.first { $0.integer(0) } ?? 0
        return surveyor.survey(lastRow: RowLocator(rowid: last), isWhole: isWhole)
    }

    private func lookAtWatched(_ now: Timestamp, _ policy: Policy, _ surveyor: inout Surveyor) throws {
        var left = Self.mostMessages
        var position: (nextAskAt: SQLValue, key: SQLValue)? = (.integer(.min), .text(""))
        while let past = position {
            let slice = TimeSlice()
            position = nil
            try watched.each(SQLValue(now), SQLValue(left), past.nextAskAt, past.key) { row in
                left -= 1
                // One whose window has closed is not asked about any more.
                if let state = MessageState(row, mapping, from: 2), state.turn(policy).isDue(at: now) {
                    surveyor.add(state.key, row: state.row, acceptedAt: state.acceptedAt, at: .aside)
                }
                guard slice.isOver else { return .more }
                position = (row.value(0), row.value(1))
                return .stop
            }
        }
    }
}

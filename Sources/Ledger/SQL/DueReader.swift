internal import Engine
internal import Reconciliation

/// Walks over what is due, from three sides at once (`Ledger.due`).
final class DueReader {
    /// How many rows a page looks at on each side, due or not, before it is handed over as it is.
    static let rowsLookedAt = 10_000

    private enum Lane: Int, CaseIterable {
        case tracked
        case oldest
        case newest
    }

    private let mapping: TableMapping
    private let states: MessageStates
    private let sentAgain: SentAgain
    private let database: any Database
    private let tracked: any PreparedStatement
    private let oldestFirst: RowWalk
    private let newestFirst: RowWalk
    /// Messages that were to be asked again but need no question any more; for housekeeping.
    private(set) var leadNowhere: Set<MessageKey> = []

    init(
        _ mapping: TableMapping, _ queries: DueQueries, _ states: MessageStates, _ sentAgain: SentAgain,
        on database: any Database
    ) throws {
        self.mapping = mapping
        self.states = states
        self.sentAgain = sentAgain
        self.database = database
        tracked = try database.prepare(queries.tracked)
        oldestFirst = queries.walk(on: database)
        newestFirst = queries.walk(backwards: true, on: database)
    }

    func takeThoseThatLeadNowhere() -> Set<MessageKey> {
        defer { leadNowhere = [] }
        return leadNowhere
    }

    /// Reads in portions, between which others may write.
    func page(from start: DueCursor, at now: Timestamp, _ policy: Policy, limit: Int) throws -> DuePage {
        var page = PageInProgress(cursor: start, now: now, policy: policy)
        var missing = limit
        while missing > 0 {
            let open = Lane.allCases.filter { page.lookedAt[$0.rawValue] < Self.rowsLookedAt && !page.isDone($0) }
            guard !open.isEmpty else { break }
            // What one end of the untracked rows has finished, the other need not look through again.
            for (offset, lane) in open.enumerated() where missing > 0 && !page.isDone(lane) {
                let share = max(1, missing / (open.count - offset))
                missing -= try read(lane, atMost: share, into: &page)
            }
        }
        let isLast = page.cursor.trackedIsDone && page.cursor.untrackedIsDone
        return DuePage(
            messages: page.interleaved, next: isLast ? nil : page.cursor, unreadableKeys: page.unreadable,
            farAhead: page.farAhead, sentAgain: page.sentAgain)
    }

    /// - Returns: how many messages were found.
    private func read(_ lane: Lane, atMost share: Int, into page: inout PageInProgress) throws -> Int {
        switch lane {
        case .tracked: try readTracked(atMost: share, into: &page)
        case .oldest, .newest: try readUntracked(lane, atMost: share, into: &page)
        }
    }

    private func readTracked(atMost share: Int, into page: inout PageInProgress) throws -> Int {
        var found = 0
        var looked = 0
        var portion = database.portion()
        let budget = min(Self.rowsLookedAt - page.lookedAt[Lane.tracked.rawValue], portion.rows)
        let position = page.cursor.tracked
        let ranOut = try tracked.each(
            .integer(position?.nextAskAt.milliseconds ?? .min), .text(position?.key.text ?? ""),
            SQLValue(page.now), SQLValue(budget)
        ) { row in
            looked += 1
            portion.count()
            let key = MessageKey(row.text(1) ?? "")
            page.cursor.tracked = .init(nextAskAt: Timestamp(milliseconds: row.integer(0)), key: key)
            if let message = try trackedMessage(key, row, page) {
                if page.add(message, Lane.tracked.rawValue) { found += 1 }
            } else if leadNowhere.count < Self.rowsLookedAt {
                leadNowhere.insert(key)
            }
            return found < share && !portion.isOver ? .more : .stop
        }
        page.lookedAt[Lane.tracked.rawValue] += looked
        page.cursor.trackedIsDone = ranOut && looked < budget
        return found
    }

    /// Nil when the row needs no question any more, or is not to be found through its tracking.
    private func trackedMessage(
        _ key: MessageKey, _ row: any Row, _ page: PageInProgress
    ) throws -> DueMessage? {
        let state =
            row.isNull(3)
            ? try states.find(key, lastSeenAt: mapping.locator(row, 2))
            : try MessageState(row, mapping, from: 3, key: key)
        // One that was put back by hand is found among those that nobody asked about.
        guard let state, let tracking = state.tracking, tracking.holding(for: state.status) == tracking,
            state.turn(page.policy).isDue(at: page.now)
        else { return nil }
        return state.message
    }

    private func readUntracked(_ lane: Lane, atMost share: Int, into page: inout PageInProgress) throws -> Int {
        guard let range = page.untrackedRange else {
            page.cursor.untrackedIsDone = true
            return 0
        }
        var found = 0
        var looked = 0
        let budget = Self.rowsLookedAt - page.lookedAt[lane.rawValue]
        let walk = lane == .oldest ? oldestFirst : newestFirst
        var starts = MessageState.starts(mapping)
        var stretch = SentAgain.Stretch(isBackwards: lane == .newest)
        let step = try walk.step(in: range, atMost: budget) { row in
            looked += 1
            if MessageState.hasUnreadableKey(row) { try page.unreadable.append(mapping.locator(row)) }
            if let message = try untrackedMessage(row, &starts, &stretch, &page), page.add(message, lane.rawValue) {
                found += 1
            }
            return found < share ? .more : .stop
        }
        if let reached = step.reached {
            if lane == .oldest { page.cursor.fromOldest = reached } else { page.cursor.fromNewest = reached }
        }
        page.lookedAt[lane.rawValue] += looked
        page.cursor.untrackedIsDone = step.isEnd
        return found
    }

    private func untrackedMessage(
        _ row: any Row, _ starts: inout RepeatedStarts, _ stretch: inout SentAgain.Stretch,
        _ page: inout PageInProgress
    ) throws -> DueMessage? {
        guard !MessageState.waits(row), let state = try MessageState(row, &starts) else { return nil }
        guard state.turn(page.policy).isDue(at: page.now) else {
            if state.isFarAhead(row, mapping, of: page.now) { page.farAhead.add(state.key) }
            return nil
        }
        guard try sentAgain.isMessage(state, in: &stretch) else { return state.message }
        page.sentAgain.append(state.message.firstSeen(at: page.now))
        return nil
    }
}

extension DueReader {
    /// A page that is being filled.
    private struct PageInProgress {
        var cursor: DueCursor
        let now: Timestamp
        let policy: Policy
        var lookedAt = [0, 0, 0]
        /// Rows with a key that cannot be one.
        var unreadable: [RowLocator] = []
        /// Never asked about, as they seem to be accepted in the future.
        var farAhead = KeySample()
        /// To be noted as first seen now.
        var sentAgain: [DueMessage] = []
        private var found: [[DueMessage]] = [[], [], []]
        private var keys: Set<MessageKey> = []

        init(cursor: DueCursor, now: Timestamp, policy: Policy) {
            self.cursor = cursor
            self.now = now
            self.policy = policy
        }

        func isDone(_ lane: Lane) -> Bool {
            lane == .tracked ? cursor.trackedIsDone : cursor.untrackedIsDone
        }

        /// - Returns: false for a second row with the same key, which has to wait for the first.
        mutating func add(_ message: DueMessage, _ lane: Int) -> Bool {
            guard keys.insert(message.key).inserted else { return false }
            found[lane].append(message)
            return true
        }

        /// The rows neither end has reached; nil when there are none.
        var untrackedRange: RowRange? {
            let range = RowRange(past: cursor.fromOldest, before: cursor.fromNewest)
            return range.isEmpty ? nil : range
        }

        /// One of each lane in turn: who works off only the front of the page is fair as well.
        var interleaved: [DueMessage] {
            let longest = found.map(\.count).max() ?? 0
            return (0..<longest).flatMap { index in found.compactMap { index < $0.count ? $0[index] : nil } }
        }
    }
}

/// Looks over what is due without handing it out (`Ledger.survey`): from the oldest row on, and from the newest back.
final class DueOutline {
    /// Due messages counted from each end at most, and pending rows looked at for them, due or not.
    static let mostMessages = 25_000
    static let mostRows = 100_000

    private let mapping: TableMapping
    private let database: any Database
    private let oldestFirst: RowWalk
    private let newestFirst: RowWalk
    private let watched: any PreparedStatement
    private let lastRow: any PreparedStatement

    init(_ mapping: TableMapping, _ queries: DueQueries, on database: any Database) throws {
        self.mapping = mapping
        self.database = database
        oldestFirst = queries.walk(on: database)
        newestFirst = queries.walk(backwards: true, on: database)
        watched = try database.prepare(queries.watched)
        lastRow = try database.prepare(
            "SELECT \(mapping.placeRead) FROM \(mapping.table) AS n ORDER BY \(mapping.place) DESC LIMIT 1")
    }

    /// - Parameter others: what is asked about besides.
    func survey(at now: Timestamp, _ policy: Policy, with others: [DueMessage]) throws -> BacklogEstimate {
        var surveyor = BacklogEstimator()
        func look(
            _ rows: RowWalk, past: RowLocator?, at end: BacklogEstimator.End
        ) throws -> (last: RowLocator?, isEnd: Bool) {
            var last = past
            var counted = 0
            var starts = MessageState.starts(mapping)
            let isEnd = try rows.each(in: RowRange(past: past), atMost: Self.mostRows) { row in
                last = try mapping.locator(row)
                // Rows in which was sent again are few, and looked for when they are handed out.
                guard let state = try MessageState(row, &starts), state.turn(policy).isDue(at: now) else {
                    return .more
                }
                counted += 1
                surveyor.add(state.key, place: state.row.number, acceptedAt: state.acceptedAt, at: end)
                return counted < Self.mostMessages ? .more : .stop
            }
            return (last, isEnd)
        }
        let old = try look(oldestFirst, past: nil, at: .oldest)
        // What one end has seen, the other need not look at again.
        let isWhole =
            try old.isEnd || look(newestFirst, past: old.last, at: .newest).isEnd
        try lookAtWatched(now, policy, &surveyor)
        for other in others {
            surveyor.add(other.key, place: other.row.number, acceptedAt: other.acceptedAt, at: .aside)
        }
        let last = try lastRow.first { try mapping.locator($0) }
        return surveyor.survey(lastPlace: last?.number, isWhole: isWhole)
    }

    private func lookAtWatched(_ now: Timestamp, _ policy: Policy, _ surveyor: inout BacklogEstimator) throws {
        var left = Self.mostMessages
        var position: (nextAskAt: SQLValue, key: SQLValue)? = (.integer(.min), .text(""))
        while let past = position {
            var portion = database.portion()
            position = nil
            try watched.each(SQLValue(now), SQLValue(min(left, portion.rows)), past.nextAskAt, past.key) { row in
                left -= 1
                portion.count()
                // One whose window has closed is not asked about any more.
                if let state = try MessageState(row, mapping, from: 2), state.turn(policy).isDue(at: now) {
                    surveyor.add(state.key, place: state.row.number, acceptedAt: state.acceptedAt, at: .aside)
                }
                guard portion.isOver else { return .more }
                position = (row.value(0), row.value(1))
                return .stop
            }
        }
    }
}

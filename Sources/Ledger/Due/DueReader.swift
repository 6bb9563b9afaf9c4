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
    private let rows: RowTable
    private let tracked: Statement
    private let oldestFirst: Statement
    private let newestFirst: Statement
    /// Messages that were to be asked again but need no question any more; for housekeeping.
    private(set) var leadNowhere: Set<MessageKey> = []

    init(_ mapping: TableMapping, _ queries: DueQueries, rows: RowTable, on connection: Connection) throws {
        self.mapping = mapping
        self.rows = rows
        tracked = try Statement(connection, queries.tracked)
        oldestFirst = try Statement(connection, queries.oldestFirst)
        newestFirst = try Statement(connection, queries.newestFirst)
    }

    func takeThoseThatLeadNowhere() -> Set<MessageKey> {
        defer { leadNowhere = [] }
        return leadNowhere
    }

    func page(from start: DueCursor, at now: Timestamp, after: Duration, limit: Int) throws -> DuePage {
        var page = PageInProgress(cursor: start, now: now, acceptedBefore: now - after)
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
        return DuePage(messages: page.interleaved, next: isLast ? nil : page.cursor)
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
        let budget = Self.rowsLookedAt - page.lookedAt[Lane.tracked.rawValue]
        let position = page.cursor.tracked
        let ranOut = try tracked.each(
            .integer(position?.nextAskAt.milliseconds ?? .min), .text(position?.key.text ?? ""),
            SQLValue(page.now), SQLValue(budget)
        ) { row in
            looked += 1
            let key = MessageKey(row.text(1) ?? "")
            page.cursor.tracked = .init(nextAskAt: Timestamp(milliseconds: row.integer(0)), key: key)
            if let message = try dueMessage(key, row) {
                if page.add(message, Lane.tracked.rawValue) { found += 1 }
            } else if leadNowhere.count < Self.rowsLookedAt {
                leadNowhere.insert(key)
            }
            return found < share ? .more : .stop
        }
        page.lookedAt[Lane.tracked.rawValue] += looked
        page.cursor.trackedIsDone = ranOut && looked < budget
        return found
    }

    /// Nil when the row needs no question any more, or is not to be found through its tracking.
    private func dueMessage(_ key: MessageKey, _ row: Statement) throws -> DueMessage? {
        let tracking = Tracking(
            answers: row.count(3), answeredInWindow: row.flag(4), lastCode: row.text(5).flatMap(ReportCode.init),
            failures: row.count(6), reason: row.text(7).flatMap(DeadLetterReason.init(rawValue:)))
        let present =
            row.isNull(8)
            ? try rows.locate(key, lastSeenAt: RowLocator(rowid: row.integer(2)))
            : RowTable.Row(
                locator: RowLocator(rowid: row.integer(8)), status: TableMapping.status(row.integer(9)),
                acceptedAt: mapping.time.time(row.value(10)))
        guard let present, tracking.isDue(whenRowIs: present.status) else { return nil }
        return DueMessage(
            key: key, row: present.locator, status: present.status, acceptedAt: present.acceptedAt, tracking: tracking)
    }

    private func readUntracked(_ lane: Lane, atMost share: Int, into page: inout PageInProgress) throws -> Int {
        guard let range = page.untrackedRange else {
            page.cursor.untrackedIsDone = true
            return 0
        }
        var found = 0
        var looked = 0
        let budget = Self.rowsLookedAt - page.lookedAt[lane.rawValue]
        let statement = lane == .oldest ? oldestFirst : newestFirst
        let ranOut = try statement.each(
            .integer(range.lowerBound), .integer(range.upperBound), SQLValue(budget)
        ) { row in
            looked += 1
            let locator = RowLocator(rowid: row.integer(0))
            if lane == .oldest { page.cursor.fromOldest = locator } else { page.cursor.fromNewest = locator }
            if let message = untrackedMessage(row, locator, page), page.add(message, lane.rawValue) { found += 1 }
            return found < share ? .more : .stop
        }
        page.lookedAt[lane.rawValue] += looked
        page.cursor.untrackedIsDone = ranOut && looked < budget
        return found
    }

    private func untrackedMessage(_ row: Statement, _ locator: RowLocator, _ page: PageInProgress) -> DueMessage? {
        let waits = row.flag(2)
        guard !waits, let key = row.text(1), !key.isEmpty else { return nil }
        let wasAskedBefore = row.flag(3)
        let acceptedAt = mapping.time.time(row.value(4))
        // One that was asked before and is pending without waiting was put back by hand: it starts anew, now.
        if !wasAskedBefore, let acceptedAt, acceptedAt > page.acceptedBefore { return nil }
        return DueMessage(
            key: MessageKey(key), row: locator, status: .pending, acceptedAt: acceptedAt, tracking: Tracking())
    }
}

extension Tracking {
    /// Whether the time to ask again means anything for a row of that status.
    func isDue(whenRowIs status: RowStatus) -> Bool {
        switch status {
        case .pending: reason == nil
        case .deadLetter: reason?.isWatched ?? false
        case .sent, .other: false
        }
    }
}

extension DueReader {
    /// A page that is being filled.
    private struct PageInProgress {
        var cursor: DueCursor
        let now: Timestamp
        /// Only messages accepted at or before are due when nobody asked about them yet.
        let acceptedBefore: Timestamp
        var lookedAt = [0, 0, 0]
        private var found: [[DueMessage]] = [[], [], []]
        private var keys: Set<MessageKey> = []

        init(cursor: DueCursor, now: Timestamp, acceptedBefore: Timestamp) {
            self.cursor = cursor
            self.now = now
            self.acceptedBefore = acceptedBefore
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
        var untrackedRange: ClosedRange<Int64>? {
            let low = cursor.fromOldest.map { $0.rowid.addingReportingOverflow(1) } ?? (.min, false)
            let high = cursor.fromNewest.map { $0.rowid.subtractingReportingOverflow(1) } ?? (.max, false)
            guard !low.overflow, !high.overflow, low.partialValue <= high.partialValue else { return nil }
            return low.partialValue...high.partialValue
        }

        /// One of each lane in turn: who works off only the front of the page is fair as well.
        var interleaved: [DueMessage] {
            let longest = found.map(\.count).max() ?? 0
            return (0..<longest).flatMap { index in found.compactMap { index < $0.count ? $0[index] : nil } }
        }
    }
}

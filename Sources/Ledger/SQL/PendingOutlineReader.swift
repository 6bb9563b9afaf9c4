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
    private let database: any Database
    private let rows: RowWalk
    private var round = Round()

    init(_ mapping: TableMapping, _ queries: DueQueries, on database: any Database) {
        self.mapping = mapping
        self.database = database
        rows = queries.walk(
            "\(mapping.keyRead), \(mapping.startColumns)",
            and: "n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) <> ''", on: database)
    }

    func outline(countingUpTo most: Int) throws -> PendingOutline {
        var outline = PendingOutline(count: 0)
        var oldest = Piece(mapping)
        let timed = mapping.scheduledAt == nil ? Self.rowsTimed : Self.rowsTimedWithReserved
        oldest.isLast = try rows.each(atMost: max(most, timed)) { row in
            outline.count += 1
            if outline.count <= timed { try oldest.add(row) }
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
            outline.unreadable?.statuses = try UnmappedStatuses.read(mapping, database, withKey: true)?.rows ?? 0
        }
        return outline
    }

    /// The next piece of the round.
    private func lookOn() throws {
        var piece = Piece(mapping)
        piece.isLast = true
        if let rest = rows.rest(of: .all, past: round.position) {
            piece.isLast = try rows.each(in: rest, atMost: Self.rowsLookedAt) { row in
                try piece.add(row)
                return .more
            }
        }
        round.add(piece)
    }

    /// What was found in some rows.
    private struct Piece {
        var lastRow: RowLocator?
        var oldestAcceptedAt: Timestamp?
        var unreadable = UnreadableRows()
        /// Whether there are no rows behind them.
        var isLast = false
        private var starts: RepeatedStarts

        init(_ mapping: TableMapping) {
            starts = RepeatedStarts(mapping: mapping, column: 2)
        }

        mutating func add(_ row: any Row) throws {
            lastRow = try starts.mapping.locator(row)
            if row.holdsNoKey(1) {
                unreadable.keys += 1
            } else if let time = starts.next(row) {
                oldestAcceptedAt = min(oldestAcceptedAt ?? time, time)
            } else {
                unreadable.times += 1
            }
        }
    }

    /// A walk over all pending rows in pieces, again and again.
    private struct Round {
        private(set) var position: RowLocator?
        private var found = UnreadableRows()
        /// What the last whole round has found.
        private var known: UnreadableRows?

        mutating func add(_ piece: Piece) {
            found.times += piece.unreadable.times
            found.keys += piece.unreadable.keys
            position = piece.lastRow
            guard piece.isLast else { return }
            (known, found, position) = (found, UnreadableRows(), nil)
        }

        /// Nil until a whole round has found none.
        var unreadable: UnreadableRows? {
            if let known, known.total >= found.total { return known }
            return found.total > 0 ? found : nil
        }
    }
}

/// Tells what was found by asking from what a webhook has settled: one that the daemon took, or the application, which one
/// must have told it.
///
/// What we found is in the audit. What a webhook told is in the table: a row that is settled and of which the audit knows
/// nothing, or nothing else, in the time of its `updated_at`. Where that is not mapped, or empty, the time of acceptance
/// stands for it: a webhook comes within seconds, as a rule.
struct SettledReader {
    let mapping: TableMapping
    let database: any Database

    /// The newest rows of the table, and of the audit, looked at in one go: fifteen minutes at the 200 messages a second
    /// that the provider accepts (.github/PROVIDER.md, "Limits").
    static let rowsLookedAt = 200_000
    /// So many rows in a row that were accepted before: there are no others behind them.
    static let oldRowsInARow = 1_000

    /// - Parameter hasAllReports: `LedgerConfiguration.hasAllReports`
    /// - Returns: nothing where the rows looked at cover too short a time, and where the newest rows cannot be found.
    func count(since: Timestamp, until now: Timestamp, hasAllReports: Bool) throws -> SettledShare {
        let grows = mapping.description.address.grows
        guard grows || hasAllReports else { return SettledShare() }
        // Messages given up are not among them: nobody has found out anything.
        let asking = try timesInAudit("source = 'inquiry' AND (to_status = 'sent' OR reason = 'reported')", since, now)
        let elsewhere =
            grows ? try timesElsewhere(since, now) : try timesInAudit("source = 'webhook'", since, now)
        return SettledShare(byAsking: asking, elsewhere: elsewhere, since: since, until: now)
    }

    private func timesInAudit(
        _ condition: String, _ since: Timestamp, _ now: Timestamp
    ) throws -> SettledShare.Times {
        var times: [Timestamp] = []
        var looked = 0
        var oldest: Timestamp?
        var isWhole = true
        let audit = RowWalk(
            .init("at, from_status = 'pending' AND \(condition)", ofOwn: "reconciler_audit"), backwards: true,
            on: database)
        try audit.each(atMost: Self.rowsLookedAt) { row in
            looked += 1
            guard let at = row.time(1), at >= since else {
                isWhole = false
                return .stop
            }
            oldest = at
            if row.flag(2), at <= now { times.append(at) }
            return .more
        }
        return SettledShare.Times(times, covered: isWhole && looked == Self.rowsLookedAt ? oldest : nil)
    }

    private func timesElsewhere(_ since: Timestamp, _ now: Timestamp) throws -> SettledShare.Times {
        var times: [Timestamp] = []
        var looked = 0
        var oldInARow = 0
        var oldest: Timestamp?
        var isWhole = true
        let rows = RowWalk(
            .init(
                """
                \(mapping.startColumns), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL"),
                    \(mapping.statusNumber) IN (1, 2) AND NOT EXISTS (
                        SELECT 1 FROM reconciler_audit AS a WHERE a.message_key = \(mapping.exactKey)
                            AND a.source <> 'webhook')
                """, of: mapping), backwards: true, on: database)
        try rows.each(atMost: Self.rowsLookedAt) { row in
            looked += 1
            let acceptedAt = mapping.time.time(row.value(1))
            let settledAt = mapping.time.time(row.value(3)) ?? mapping.start(row, at: 1)
            if row.flag(4), let settledAt, settledAt >= since, settledAt <= now { times.append(settledAt) }
            oldInARow = acceptedAt.map { $0 < since } ?? true ? oldInARow + 1 : 0
            oldest = acceptedAt ?? oldest
            isWhole = oldInARow < Self.oldRowsInARow
            return isWhole ? .more : .stop
        }
        return SettledShare.Times(times, covered: isWhole && looked == Self.rowsLookedAt ? oldest : nil)
    }
}

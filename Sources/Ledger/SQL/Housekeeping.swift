internal import Reconciliation

/// Removes what nobody needs any more, a bounded piece at a time, in transactions of its own: each so small that nobody
/// else waits for long, and none where there is nothing to write.
final class Housekeeping {
    /// Audit rows, kept reports and tracking rows looked at in a cycle.
    static let auditRows = 5_000
    static let reports = 5_000
    static let trackingRows = 1_000
    /// Of them, at a time.
    static let rowsAtOnce = 250

    private let database: any Database
    private let mapping: TableMapping
    private let states: MessageStates
    private let writer: DecisionWriter
    private let reports: ReportTable
    private let refusals: RefusalReader
    /// Nil where a row is found by its key.
    private let movedRows: RowRelocation?
    private let nextTracked: any PreparedStatement
    private let rowLastSeen: any PreparedStatement
    private let auditPiece: any PreparedStatement
    private let pruneAudit: any PreparedStatement
    private let isFar: any PreparedStatement
    private let bringBackFar: any PreparedStatement
    private let bringBackNoted: [FutureTimeRepair]
    /// How far the sweep over all tracking rows has come; it begins anew when it has come to the end.
    private var sweptTo = ""
    /// The audit is looked at from here on: behind rows that were written while the clock was ahead.
    private var prunedTo = Int64.min

    init(
        _ states: MessageStates, _ writer: DecisionWriter, _ reports: ReportTable, _ mapping: TableMapping,
        on database: any Database
    ) throws {
        self.database = database
        self.mapping = mapping
        self.states = states
        self.writer = writer
        self.reports = reports
        movedRows = states.keyIsIndexed ? nil : try RowRelocation(mapping, on: database)
        refusals = RefusalReader(database: database)
        nextTracked = try database.prepare(
            """
            SELECT message_key, row_id FROM reconciler_message WHERE message_key > ?1
            ORDER BY message_key LIMIT \(Self.trackingRows)
            """)
        rowLastSeen = try database.prepare("SELECT row_id FROM reconciler_message WHERE message_key = ?1")
        // In the order in which they were written, which needs no index on the time.
        auditPiece = try database.prepare(
            """
            SELECT max(id), count(*), sum(CASE WHEN at BETWEEN ?2 AND ?3 THEN 1 ELSE 0 END),
                sum(CASE WHEN at < ?2 THEN 1 ELSE 0 END) FROM
                (SELECT id, at FROM reconciler_audit WHERE id > ?1 ORDER BY id LIMIT \(Self.rowsAtOnce)) AS piece
            """)
        pruneAudit = try database.prepare("DELETE FROM reconciler_audit WHERE id > ?1 AND id <= ?2 AND at < ?3")
        isFar = try database.prepare("SELECT 1 FROM reconciler_message WHERE next_ask_at > ?1 LIMIT 1")
        bringBackFar = try database.prepare(
            """
            UPDATE reconciler_message SET next_ask_at = ?1 WHERE message_key IN (SELECT message_key FROM
                (SELECT message_key FROM reconciler_message WHERE next_ask_at > ?2
                ORDER BY next_ask_at DESC LIMIT \(Self.rowsAtOnce)) AS far)
            """)
        bringBackNoted = [
            try FutureTimeRepair("next_ask_at", of: "reconciler_message", on: database),
            try FutureTimeRepair("try_at", of: "reconciler_report", on: database),
        ]
    }

    /// Times to ask, or to look again, that were noted while the clock was ahead: those noted later than now, and those
    /// that are further away than any schedule makes them. Now is when they would be, or should have been.
    func bringBack(notAskedBefore limit: Timestamp, to now: Timestamp) throws {
        for _ in 1...Self.trackingRows / Self.rowsAtOnce
        where try isFar.first(SQLValue(limit), read: { _ in true }) != nil {
            _ = try database.write { try bringBackFar.run(SQLValue(now), SQLValue(limit)) }
        }
        for table in bringBackNoted {
            for _ in 1...Self.trackingRows / FutureTimeRepair.rowsAtOnce where try !table.step(to: now) { break }
        }
    }

    func pruneReports(receivedBefore limit: Timestamp) throws {
        for _ in 1...Self.reports / Self.rowsAtOnce where try reports.holdsAny(receivedBefore: limit) {
            try database.write { try reports.prune(receivedBefore: limit) }
        }
    }

    /// - Parameters:
    ///   - suspects: messages that were met in passing and seem to need no tracking.
    ///   - window: dead letters that are older are not asked about.
    func tidy(
        auditBefore limit: Timestamp, suspects: Set<MessageKey>, window: Duration, at now: Timestamp
    ) throws {
        try pruneAudit(before: limit, at: now)
        // People are told of refusals as long as they are there.
        let tracked = try database.read(each: try refusals.keys() + suspects) { key in
            try lastSeen(key).map { Tracked(key: key, lastSeen: $0) }
        }
        let swept = try nextTracked.all(.text(sweptTo)) {
            try Tracked(key: MessageKey($0.text(0) ?? ""), lastSeen: mapping.locator($0, 1))
        }
        sweptTo = swept.count < Self.trackingRows ? "" : swept.last?.key.text ?? ""
        let limit = now - window
        try tidy(try leadNowhere(tracked + swept, watchedSince: limit, at: now), watchedSince: limit, at: now)
    }

    /// Behind a row that is to be kept there are only newer ones, unless its time is yet to come.
    private func pruneAudit(before limit: Timestamp, at now: Timestamp) throws {
        for _ in 1...Self.auditRows / Self.rowsAtOnce {
            let piece = try auditPiece.first(.integer(prunedTo), SQLValue(limit), SQLValue(now)) {
                (
                    last: $0.integer(0), isWhole: $0.count(1) == Self.rowsAtOnce, holdsKept: $0.count(2) > 0,
                    holdsOld: $0.count(3) > 0
                )
            }
            guard let piece else { return }
            if piece.holdsOld {
                _ = try database.write {
                    try pruneAudit.run(.integer(prunedTo), .integer(piece.last), SQLValue(limit))
                }
            }
            if piece.isWhole, !piece.holdsKept {
                prunedTo = piece.last
            } else if !piece.holdsOld || !piece.isWhole {
                return prunedTo = .min
            }
        }
    }

    /// Those whose rows are gone or settled by others, as far as can be said, and those that are watched no more.
    private func leadNowhere(
        _ tracked: [Tracked], watchedSince limit: Timestamp, at now: Timestamp
    ) throws -> [MessageKey] {
        let led = try database.read(each: tracked) { one -> (key: MessageKey, isMissing: Bool)? in
            let state = try states.find(one.key, lastSeenAt: one.lastSeen)
            let resolution = try resolution(of: one.key, state, lastSeen: one.lastSeen, watchedSince: limit)
            return resolution.memory == .asItWas ? nil : (one.key, resolution.vacated != nil)
        }
        let found = led.filter { !$0.isMissing }.map(\.key)
        let missing = led.filter(\.isMissing).map(\.key)
        if !missing.isEmpty, let movedRows, try !movedRows.follow(at: now) { return found }
        return found + missing
    }

    private func tidy(_ keys: [MessageKey], watchedSince limit: Timestamp, at now: Timestamp) throws {
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = rest.prefix(min(Self.rowsAtOnce, database.room))
            rest = rest.dropFirst(batch.count)
            try database.write(messages: batch.count) {
                for key in batch {
                    try writer.carryOut(key, at: now) {
                        try lastSeen(key).map {
                            let found = try states.findToChange(key, lastSeenAt: $0)
                            let resolution = try resolution(of: key, found?.state, lastSeen: $0, watchedSince: limit)
                            return (resolution, found?.times ?? .unknown)
                        }
                    }
                }
            }
        }
    }

    private func resolution(
        of key: MessageKey, _ state: MessageState?, lastSeen: RowLocator, watchedSince limit: Timestamp
    ) throws -> Resolution {
        try .tidying(state, lastSeen: lastSeen, kept: try reports.kept(key), watchedSince: limit)
    }

    /// Nil where nothing is remembered of the message.
    private func lastSeen(_ key: MessageKey) throws -> RowLocator? {
        try rowLastSeen.first(SQLValue(key)) { try mapping.locator($0) }
    }

    private struct Tracked {
        let key: MessageKey
        /// Where its row was.
        let lastSeen: RowLocator
    }
}

/// Brings times of one of the reconciler's tables back that were reckoned from a clock that was ahead, some rows in one
/// go, in the order of their messages' keys; it begins anew when it has come to the end.
final class FutureTimeRepair {
    static let rowsAtOnce = 250

    private let database: any Database
    private let piece: any PreparedStatement
    private let bringBack: any PreparedStatement
    private var position = ""

    /// - Parameter column: of times yet to come, in a table with `message_key` and `noted_at`.
    init(_ column: String, of table: String, on database: any Database) throws {
        self.database = database
        piece = try database.prepare(
            """
            SELECT max(message_key), count(*), sum(CASE WHEN noted_at > ?2 THEN 1 ELSE 0 END) FROM
                (SELECT message_key, noted_at FROM \(table) WHERE message_key > ?1
                ORDER BY message_key LIMIT \(Self.rowsAtOnce)) AS piece
            """)
        bringBack = try database.prepare(
            """
            UPDATE \(table) SET \(column) = CASE WHEN \(column) > ?3 THEN ?3 ELSE \(column) END, noted_at = ?3
            WHERE message_key > ?1 AND message_key <= ?2 AND noted_at > ?4
            """)
    }

    /// Leaves alone what was noted before a mere step of time synchronisation.
    /// - Returns: whether there is more.
    func step(to now: Timestamp) throws -> Bool {
        let limit = SQLValue(ClockJumpDetector.latestNote(at: now))
        let piece = try piece.first(.text(position), limit) {
            (last: $0.text(0), isWhole: $0.count(1) == Self.rowsAtOnce, isAhead: $0.count(2) > 0)
        }
        guard let piece, let last = piece.last else {
            position = ""
            return false
        }
        if piece.isAhead {
            _ = try database.write { try bringBack.run(.text(position), .text(last), SQLValue(now), limit) }
        }
        position = piece.isWhole ? last : ""
        return piece.isWhole
    }
}

/// Finds rows again that are not where they were last seen, in a table whose keys have no index: a `VACUUM` renumbers one
/// without an `INTEGER PRIMARY KEY`. The table has to be walked for that: once for all of them, and not often.
final class RowRelocation {
    private static let pause = Duration.seconds(3600)

    private let database: any Database
    private let mapping: TableMapping
    private let moved: RowWalk
    private let note: any PreparedStatement
    private var followedAt: Timestamp?

    init(_ mapping: TableMapping, on database: any Database) throws {
        self.database = database
        self.mapping = mapping
        moved = RowWalk(
            .init(
                "m.message_key", of: mapping,
                where: """
                    m.message_key = \(mapping.exactKey) AND m.row_id <> \(mapping.placeRead) AND \(mapping.isOurs) AND NOT EXISTS (
                        SELECT 1 FROM \(mapping.table) AS o WHERE o.\(mapping.description.address.column)
                            = \(mapping.bound("m.row_id")) AND \(mapping.dialect.exact("o.\(mapping.key)")) = m.message_key)
                    """,
                joining: "CROSS JOIN reconciler_message AS m"), walking: mapping,
            on: database)
        note = try database.prepare("UPDATE reconciler_message SET row_id = ?2 WHERE message_key = ?1")
    }

    /// - Returns: whether every message's row is where it is said to be, or is not there. False: it is too soon for
    ///   another walk, and nothing can be said of a row that is missing.
    func follow(at now: Timestamp) throws -> Bool {
        if let followedAt, followedAt <= now, now < followedAt + Self.pause { return followedAt == now }
        var found: [(key: MessageKey, row: RowLocator)] = []
        try moved.each { row in
            try found.append((MessageKey(row.text(1) ?? ""), mapping.locator(row)))
            return .more
        }
        while !found.isEmpty {
            try database.write {
                for (key, row) in found.suffix(Housekeeping.rowsAtOnce) { try note.run(SQLValue(key), SQLValue(row)) }
            }
            found.removeLast(min(found.count, Housekeeping.rowsAtOnce))
        }
        followedAt = now
        return true
    }
}

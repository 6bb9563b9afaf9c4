import Engine
@testable import Ledger
import Reconciliation
import Testing

/// A status column of any type and collation means the same: every reader and every writer says and does of it what they
/// say and do of a plain TEXT.
@Suite struct StatusColumnTests {
    private struct Column: Sendable {
        var definition: String
        /// Pending, sent, dead letter, and one of the application's own: as configured.
        var words = ["PENDING", "SENT", "DEAD_LETTER", "CANCELLED"]
        /// As the application writes them, where it does so otherwise.
        var written: [String]?
        var isStrict = false
    }

    private static let numbers = ["0", "1", "2", "9"]
    private static let plain = Column(definition: "TEXT NOT NULL DEFAULT 'PENDING'")
    private static let columns = [
        Column(definition: "INTEGER NOT NULL DEFAULT 0", words: numbers),
        Column(definition: "INT NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2, 9))", words: numbers, isStrict: true),
        Column(definition: "ENUM NOT NULL DEFAULT '0' CHECK (status IN ('0', '1', '2', '9'))", words: numbers),
        Column(definition: "DECIMAL(1, 0) NOT NULL DEFAULT 0", words: numbers),
        Column(definition: "REAL NOT NULL DEFAULT 0", words: numbers),
        Column(definition: "TEXT NOT NULL DEFAULT '0'", words: numbers),
        Column(
            definition: "TEXT COLLATE NOCASE NOT NULL DEFAULT 'Pending'",
            written: ["Pending", "Sent", "Dead_Letter", "Cancelled"]),
        Column(
            definition: "VARCHAR(11) NOT NULL DEFAULT 'PENDING' "
                + "CHECK (status IN ('PENDING', 'SENT', 'DEAD_LETTER', 'CANCELLED'))"),
        Column(definition: "BLOB NOT NULL DEFAULT 'PENDING'"),
        Column(definition: "NOT NULL DEFAULT 'PENDING'"),
    ]

    /// What SQLite goes through the pending rows by. The last one does not keep their order.
    enum Way: CaseIterable, Sendable {
        case table
        case ownIndex
        case indexOnStatusAndTime
    }

    @Test(arguments: Way.allCases)
    func `every reader and writer takes it for what it is`(way: Way) async throws {
        let expected = try await Self.story(Self.plain, way)
        for column in Self.columns {
            let found = try await Self.story(column, way)
            #expect(expected.count == found.count)
            for (one, other) in zip(expected, found) { #expect(one == other, "\(column.definition)") }
        }
    }

    private static func open(_ column: Column, _ way: Way) throws -> (Fixture, SQLiteLedger) {
        let table =
            Fixture.table.replacing("status TEXT NOT NULL DEFAULT 'PENDING'", with: "status \(column.definition)")
            + (column.isStrict ? " STRICT" : "")
        let fixture = Fixture(table: table) {
            $0.statuses.pending = column.words[0]
            $0.statuses.sent = column.words[1]
            $0.statuses.deadLetter = column.words[2]
            $0.createIndex = way == .ownIndex
        }
        if way == .indexOnStatusAndTime {
            fixture.raw.run("CREATE INDEX theirs ON notification_history (status, created_at)")
        }
        let written = column.written ?? column.words
        // The pending ones by the column's default.
        fixture.raw.run(
            """
            WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 9)
            INSERT INTO notification_history (external_id, created_at)
            SELECT '20270111Send00' || n, '\((now - .days(4)).iso8601())' FROM i
            """)
        for (index, word) in written.dropFirst().enumerated() {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, status, created_at)
                VALUES ('theirs\(index)', '\(word)', '\((now - .minutes(30)).iso8601())')
                """)
        }
        if way == .ownIndex { try fixture.makeIndex() }
        return (fixture, try fixture.open())
    }

    /// In no order of its own: how far a step of a walk comes is a matter of time.
    private static func due(_ ledger: SQLiteLedger, at time: Timestamp) async throws -> [DueMessage] {
        try await ledger.walk(at: time, limit: 2).sorted { $0.key.text < $1.key.text }
    }

    private static func commit(
        _ decisions: [Decision], _ ledger: SQLiteLedger, at time: Timestamp
    ) async throws -> CommitResult {
        var result = try await ledger.commit(decisions, at: time)
        result.room = nil
        return result
    }

    /// What is seen of a table in its life, step by step.
    private static func story(_ column: Column, _ way: Way) async throws -> [String] {
        let (fixture, ledger) = try open(column, way)
        var seen: [String] = []
        func see(_ name: String, _ what: Any) { seen.append("\(name): \(what)") }
        func look(at time: Timestamp) async throws {
            var overview = try await ledger.overview(at: time)
            overview.firing = []
            see("reasons", DeadLetterReason.allCases.map { overview.deadLettersByReason[$0] ?? 0 })
            overview.deadLettersByReason = [:]
            see("overview", overview)
            for status in [nil, RowStatus.pending, .sent, .deadLetter, .other] {
                see("list \(status as Any)", try await ledger.list(status: status, limit: 99).map(plain))
            }
            for reason in DeadLetterReason.allCases {
                see("list \(reason)", try await ledger.list(reason: reason, limit: 99).map(plain))
            }
            see("due", try await due(ledger, at: time))
            see("survey", try await ledger.survey(at: time) as Any)
            see("send", try await ledger.dueCount(of: try #require(RequestID(of: key(1))), at: time))
            see("known", try await ledger.known((1...9).map(key), at: time))
            see("reported", try await ledger.reported((1...9).map(key)))
            see("outline", try await ledger.pendingOutline(countingUpTo: 99))
            see("share", try await ledger.settledShare(since: time - .hours(1), until: time))
            let standing = try await ledger.standing()
            see("standing", (standing.pending as Any, standing.oldestAcceptedAt as Any))
            let part = try await ledger.count(past: nil)
            see("census", [RowStatus.pending, .sent, .deadLetter, .other].map { part.rows[$0] ?? 0 })
            let figures = try await ledger.figures(at: time)
            see("page", (figures.pending, figures.origins))
            see("unmapped", try await ledger.unmappedStatuses() as Any)
        }
        try await look(at: now)
        let decisions = try await due(ledger, at: now).compactMap { message -> Decision? in
            switch message.key {
            case key(1): message.delivered()
            case key(2): message.failed("64016")
            case key(3), key(4), key(5): message.open()
            case key(6): Decision(message, .wait(until: now + .hours(1), Tracking(answers: 1, wasAnswered: true)))
            case key(7): message.delivered()
            default: nil
            }
        }
        // The application was faster with the seventh.
        fixture.set(key(7).text, (column.written ?? column.words)[2])
        see("commit", try await commit(decisions, ledger, at: now))
        try await look(at: now + .hours(2))
        let tomorrow = now + .days(1)
        let late = try #require(try await ledger.dueMessage(key(3).text, at: tomorrow))
        see("late", try await commit([late.delivered(at: tomorrow)], ledger, at: tomorrow))
        see("requeue", try await ledger.requeue([key(2), key(7), key(1)], at: tomorrow))
        see("requeue stale", try await ledger.requeue(reason: .stale, at: tomorrow))
        let cycle = CycleRecord(startedAt: tomorrow, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: tomorrow)
        try await look(at: tomorrow)
        see("tracking", fixture.raw.rows("SELECT * FROM reconciler_message ORDER BY message_key"))
        see("audit", fixture.raw.rows("SELECT * FROM reconciler_audit ORDER BY id"))
        return seen
    }

    private static func key(_ number: Int) -> MessageKey { MessageKey("20270111Send00\(number)") }

    /// Without the row's own word.
    private static func plain(_ message: StoredMessage) -> StoredMessage {
        var message = message
        message.statusText = ""
        return message
    }

    @Test(arguments: ["INTEGER", "NUMERIC", "ENUM", "REAL"])
    func `two words that are one number are one word to a column of numbers`(type: String) throws {
        let table = Fixture.table.replacing("status TEXT NOT NULL DEFAULT 'PENDING'", with: "status \(type)")
        func open(_ words: [String], _ table: String) throws {
            let fixture = Fixture(table: table) {
                $0.statuses.pending = words[0]
                $0.statuses.sent = words[1]
                $0.statuses.deadLetter = words[2]
            }
            _ = try fixture.open()
        }
        let error = #expect(throws: LedgerError.self) { try open(["0", "1", "01"], table) }
        #expect(error?.message.contains("1 and 01 are one word to column status") == true)
        try open(["0", "1", "A1"], table)
        try open(["0", "1", "1x"], table)
        try open(["0", "1", "01"], Fixture.table)
    }
}

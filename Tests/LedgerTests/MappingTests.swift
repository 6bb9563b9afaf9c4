import Engine
@testable import Ledger
import Reconciliation
import Testing

/// What is written into the application's row, and in which form.
@Suite struct MappingTests {
    private func row(_ fixture: Fixture, _ key: String) -> [String?] {
        fixture.raw.rows(
            "SELECT status, report_code, error_message, updated_at FROM notification_history WHERE external_id = '\(key)'"
        ).first ?? []
    }

    @Test("a settled row holds code, message and time")
    func aSettledRowHoldsCodeMessageAndTime() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let decisions = due.map { message in
            switch message.key.text {
            case "m1": message.delivered()
            case "m2": message.failed("64016")
            default: message.open()
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        let time = "2027-01-15T17:00:00+09:00"
        #expect(row(fixture, "m1") == ["SENT", "10000", nil, time])
        #expect(row(fixture, "m2") == ["DEAD_LETTER", "64016", "[64016] recipient: some words", time])
        #expect(
            row(fixture, "m3")
                == ["DEAD_LETTER", nil, "[STALE] no delivery report 72h after acceptance (asked 1 times)", time])
    }

    @Test("a late report empties the message")
    func aLateReportEmptiesTheMessage() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .days(4))
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("m1"))
        _ = try await ledger.commit([message.open()], at: now)
        let tomorrow = now + .days(1)
        let watched = try #require(try await ledger.dueMessage("m1", at: tomorrow))
        _ = try await ledger.commit([watched.delivered(at: tomorrow)], at: tomorrow)
        #expect(row(fixture, "m1") == ["SENT", "10000", nil, "2027-01-16T17:00:00+09:00"])
    }

    @Test("a message that only waits is not touched")
    func aMessageThatOnlyWaitsIsNotTouched() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        let before = row(fixture, "m1")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.open() }, at: now)
        #expect(row(fixture, "m1") == before)
    }

    @Test("columns mapped to NULL are not touched")
    func columnsMappedToNullAreNotTouched() async throws {
        let fixture = Fixture {
            $0.columns.reportCode = nil
            $0.columns.updatedAt = nil
        }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET report_code = 'mine', updated_at = 'mine'")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        #expect(row(fixture, "m1") == ["DEAD_LETTER", "mine", "[64016] recipient: some words", "mine"])
    }

    @Test("a column that admits no NULL is emptied with an empty text")
    func aColumnThatAdmitsNoNullIsEmptiedWithAnEmptyText() async throws {
        let table = Fixture.table.split(separator: "error_message TEXT")
            .joined(separator: "error_message TEXT NOT NULL DEFAULT ''")
        let fixture = Fixture(table: table)
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        #expect(row(fixture, "m1").prefix(3) == ["SENT", "10000", ""])
    }

    @Test("names are found in any case")
    func namesAreFoundInAnyCase() async throws {
        let fixture = Fixture {
            $0.table = "Notification_History"
            $0.columns.status = "STATUS"
        }
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        #expect(fixture.status("m1") == "SENT")
    }

    @Test("keys that look like numbers are found in a numeric column")
    func keysThatLookLikeNumbersAreFoundInANumericColumn() async throws {
        let table = Fixture.table.split(separator: "external_id TEXT").joined(separator: "external_id NUMERIC")
        let fixture = Fixture(table: table)
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET external_id = '20260112110000001'")
        #expect(fixture.raw.value("SELECT typeof(external_id) FROM notification_history") == "integer")
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("20260112110000001"))
        _ = try await ledger.commit([message.open()], at: now)
        let again = try #require(try await ledger.dueMessage("20260112110000001", at: now + .hours(1)))
        #expect(again.tracking.answers == 1)
        _ = try await ledger.commit([again.delivered()], at: now)
        #expect(fixture.raw.value("SELECT status FROM notification_history") == "SENT")
    }

    @Test(
        "times are read as configured",
        arguments: [
            (LedgerConfiguration.TimeFormat.iso8601, "'2027-01-15T15:00:00+09:00'", 7200 as Int?),
            (.iso8601, "'2027-01-15 15:00:00'", 7200),
            (.iso8601, "'2027-01-15T06:00:00.5Z'", 7199),
            (.iso8601, "1799992800", nil),
            (.iso8601, "'soon'", nil),
            (.iso8601, "x'00ff'", nil),
            (.unix, "1799992800", 7200),
            (.unix, "1799992800.75", 7199),
            (.unix, "'1799992800'", 7200),
            (.unix, "'1799992800.0'", 7200),
            (.unix, "0", nil),
            (.unix, "-1", nil),
            (.unix, "9223372036854775807", nil),
            (.unix, "1e300", nil),
            (.unix, "'nan'", nil),
            (.unix, "'2027-01-15'", nil),
            (.unixMilliseconds, "1799992800000", 7200),
            (.unixMilliseconds, "'1799992800000'", 7200),
            (.unixMilliseconds, "-9223372036854775808", nil),
            (.unixMilliseconds, "1799992800000.4", 7200),
            (.unixMilliseconds, "1799992800", nil),
            (.unix, "1262303999", nil),
            (.unix, "1262304000", 537_696_000),
            (.iso8601, "'2009-12-31T23:59:59Z'", nil),
            (.iso8601, "'2010-01-01T00:00:00Z'", 537_696_000),
        ])
    func timesAreReadAsConfigured(_ format: LedgerConfiguration.TimeFormat, _ text: String, _ age: Int?) async throws {
        let table = Fixture.table.split(separator: "created_at TEXT NOT NULL").joined(separator: "created_at")
        let fixture = Fixture(table: table) { $0.timeFormat = format }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET created_at = \(text)")
        let message = try #require(try await fixture.open().walk().first)
        #expect(message.acceptedAt.map { Int(((now - $0).inSeconds).rounded(.down)) } == age)
    }

    @Test("seconds taken for milliseconds give up nothing")
    func secondsTakenForMillisecondsGiveUpNothing() async throws {
        let table = Fixture.table.split(separator: "created_at TEXT NOT NULL").joined(separator: "created_at")
        let fixture = Fixture(table: table) { $0.timeFormat = .unixMilliseconds }
        fixture.addPending(1...3)
        fixture.raw.run("UPDATE notification_history SET created_at = \(now.milliseconds / 1000 - 7200)")
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        #expect(try await ledger.commit(due.map { $0.open() }, at: now).applied.isEmpty)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 3)
    }

    @Test(
        "updated_at is written as configured where the row has no time",
        arguments: [
            (LedgerConfiguration.TimeFormat.iso8601, 0, "2027-01-15T08:00:00Z", "text"),
            (.iso8601, -12_600, "2027-01-15T04:30:00-03:30", "text"),
            (.unix, 32_400, "1800000000", "integer"), (.unixMilliseconds, 32_400, "1800000000999", "integer"),
        ])
    func updatedAtIsWrittenAsConfiguredWhereTheRowHasNoTime(
        _ format: LedgerConfiguration.TimeFormat, _ offset: Int, _ expected: String, _ type: String
    ) async throws {
        let table = Fixture.table.split(separator: "updated_at TEXT").joined(separator: "updated_at")
        let fixture = Fixture(table: table) {
            $0.timeFormat = format
            $0.utcOffset = offset
        }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET created_at = 'soon', updated_at = NULL")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now + .milliseconds(999))
        #expect(
            fixture.raw.rows("SELECT updated_at, typeof(updated_at) FROM notification_history") == [[expected, type]])
    }
}

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

    private static func open(_ column: Column, _ way: Way) throws -> (Fixture, SQLLedger) {
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
    private static func due(_ ledger: SQLLedger, at time: Timestamp) async throws -> [DueMessage] {
        try await ledger.walk(at: time, limit: 2).sorted { $0.key.text < $1.key.text }
    }

    private static func commit(
        _ decisions: [Decision], _ ledger: SQLLedger, at time: Timestamp
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
                see("list \(status as Any)", try await ledger.list(MessageFilter(status: status), limit: 99).map(plain))
            }
            for reason in DeadLetterReason.allCases {
                see("list \(reason)", try await ledger.list(MessageFilter(reason: reason), limit: 99).map(plain))
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

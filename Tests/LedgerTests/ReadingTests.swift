import Engine
@testable import Ledger
import Reconciliation
import Testing

/// What `status`, `list` and `show` are told.
@Suite struct ReadingTests {
    /// m1 sent, m2 reported, m3 stale, m4 pending and asked, m5 pending and new, m6 dead by others.
    private func settled() async throws -> (Fixture, SQLLedger) {
        let fixture = Fixture()
        fixture.addPending(1...5, age: .days(4))
        fixture.raw.run(
            """
            INSERT INTO notification_history (id, external_id, status, service_type, report_code, error_message, created_at)
            VALUES (6, 'm6', 'DEAD_LETTER', 'at', '64016', 'theirs', '2027-01-01T00:00:00Z'),
                (7, NULL, 'PENDING', 'at', NULL, NULL, '2020-01-01T00:00:00Z'),
                (8, 'm8', 'PENDING', 'at', NULL, NULL, 'never'),
                (9, 'm9', 'CANCELLED', 'at', NULL, NULL, '2020-01-01T00:00:00Z')
            """)
        let ledger = try fixture.open()
        let decisions = try await ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "m1": message.delivered()
            case "m2": message.failed("64016")
            case "m3": message.open()
            case "m4": Decision(message, .wait(until: now + .hours(1), Tracking(answers: 2, wasAnswered: true)))
            default: nil
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        return (fixture, ledger)
    }

    @Test("the overview counts everything")
    func theOverviewCountsEverything() async throws {
        let (fixture, ledger) = try await settled()
        for ledger in [ledger, try fixture.open(.readOnly)] {
            let overview = try await ledger.overview(at: now)
            #expect(overview.pending == 4)
            #expect(overview.sent == 1)
            #expect(overview.deadLetters == 3)
            #expect(overview.pendingWithoutKey == 1)
            #expect(overview.pendingWithoutTime == 1)
            #expect(overview.oldestPendingAge == .days(4))
            #expect(overview.deadLettersByReason == [.reported: 1, .stale: 1])
            #expect(overview.otherDeadLetters == 1)
            #expect(overview.lastCycle == nil)
            #expect(overview.firing.map(\.identity.name) == [.deadLetters, .staleMessages])
            #expect(overview.schemaVersion == Migration.currentVersion)
        }
    }

    @Test("the overview needs no tables of the reconciler's")
    func theOverviewNeedsNoTablesOfTheReconciler() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let reader = try fixture.open(.readOnly)
        let overview = try await reader.overview(at: now)
        #expect(overview.pending == 2)
        #expect(overview.schemaVersion == nil)
        #expect(try await reader.schemaVersion() == nil)
        #expect(try await reader.list(limit: 10).map(\.key?.text) == ["m2", "m1"])
        #expect(try await reader.message(MessageKey("m1"))?.timeline.isEmpty == true)
        // A daemon that starts at that moment makes them.
        let daemon = try fixture.open()
        #expect(try await daemon.schemaVersion() == Migration.currentVersion)
        #expect(try await reader.schemaVersion() == nil)
        #expect(try await reader.overview(at: now).pending == 2)
    }

    @Test("messages are listed by status and reason")
    func messagesAreListedByStatusAndReason() async throws {
        let (fixture, ledger) = try await settled()
        defer { withExtendedLifetime(fixture) {} }
        func keys(_ messages: [StoredMessage]) -> [String?] { messages.map(\.key?.text) }
        #expect(keys(try await ledger.list(limit: 100)) == ["m9", "m8", nil, "m6", "m5", "m4", "m3", "m2", "m1"])
        #expect(keys(try await ledger.list(limit: 2)) == ["m9", "m8"])
        #expect(keys(try await ledger.list(MessageFilter(status: .pending), limit: 100)) == ["m8", nil, "m5", "m4"])
        #expect(keys(try await ledger.list(MessageFilter(status: .deadLetter), limit: 100)) == ["m6", "m3", "m2"])
        #expect(keys(try await ledger.list(MessageFilter(status: .other), limit: 100)) == ["m9"])
        #expect(keys(try await ledger.list(MessageFilter(reason: .stale), limit: 100)) == ["m3"])
        let reported = MessageFilter(status: .deadLetter, reason: .reported)
        #expect(keys(try await ledger.list(reported, limit: 100)) == ["m2"])
        #expect(try await ledger.list(MessageFilter(status: .sent, reason: .reported), limit: 100).isEmpty)
        #expect(try await ledger.list(MessageFilter(reason: .unverifiable), limit: 100).isEmpty)
    }

    @Test("a message is shown with its history")
    func aMessageIsShownWithItsHistory() async throws {
        let (fixture, ledger) = try await settled()
        defer { withExtendedLifetime(fixture) {} }
        let stale = try #require(try await ledger.message(MessageKey("m3")))
        let row = try #require(stale.message)
        #expect(row.id == "3")
        #expect(row.status == .deadLetter)
        #expect(row.statusText == "DEAD_LETTER")
        #expect(row.reason == .stale)
        #expect(row.acceptedAt == now - .days(4))
        #expect(row.nextAskAt == now + .days(1))
        #expect(stale.tracking == Tracking(answers: 1, wasAnswered: true, reason: .stale))
        #expect(
            stale.timeline == [
                AuditEntry(
                    at: now, from: .pending, to: .deadLetter, reason: .stale, source: .inquiry,
                    detail: "answers=1 failures=0")
            ])
        let sent = try #require(try await ledger.message(MessageKey("m1")))
        #expect(sent.message?.reportCode == "10000")
        #expect(sent.tracking == nil)
        #expect(sent.timeline.first?.detail == "answers=1 failures=0 reported_at=2027-01-15T08:00:00.000Z")
        #expect(try await ledger.message(MessageKey("m6"))?.message?.reason == nil)
        #expect(try await ledger.message(MessageKey("none")) == nil)
    }

    @Test("a message whose row is gone still has its history")
    func aMessageWhoseRowIsGoneStillHasItsHistory() async throws {
        let (fixture, ledger) = try await settled()
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm1'")
        let detail = try #require(try await ledger.message(MessageKey("m1")))
        #expect(detail.message == nil)
        #expect(detail.timeline.count == 1)
    }

    @Test("nothing the provider worded is outside the row")
    func nothingTheProviderWordedIsOutsideTheRow() async throws {
        let (fixture, _) = try await settled()
        for table in ["reconciler_audit", "reconciler_message", "reconciler_alert", "reconciler_meta"] {
            for row in fixture.raw.rows("SELECT * FROM \(table)") {
                #expect(!row.contains { $0?.contains("some words") == true })
            }
        }
    }
}

/// How many messages of a send are due.
@Suite struct SendTests {
    private let send = RequestID("20270115Send")

    private func fixture(_ keys: [String], _ collation: String = "", age: Duration = .hours(1)) -> Fixture {
        let column = "external_id TEXT"
        let table = Fixture.table.split(separator: column).joined(separator: "\(column) \(collation)")
        let fixture = Fixture(table: table)
        add(keys, age: age, to: fixture)
        return fixture
    }

    private func add(_ keys: [String], age: Duration, to fixture: Fixture) {
        for key in keys {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, created_at)
                VALUES ('\(key)', '\((now - age).iso8601())')
                """)
        }
    }

    @Test(
        "its messages are those with its id and three characters", arguments: ["", "COLLATE NOCASE", "COLLATE RTRIM"])
    func itsMessagesAreThoseWithItsIdAndThreeCharacters(_ collation: String) async throws {
        let theirs = ["20270115Send", "20270115Send12", "20270115Send1234", "20270115Sene001", "20270115sEnd001"]
        let fixture = fixture(["20270115Send000", "20270115SendzzZ", "20270115Send~!#"] + theirs.dropLast(), collation)
        if collation == "" { add(theirs.suffix(1), age: .hours(1), to: fixture) }
        #expect(try await fixture.open(.readOnly).dueCount(of: send, at: now) == 3)
    }

    @Test("only what is due is counted")
    func onlyWhatIsDueIsCounted() async throws {
        let fixture = fixture((0..<6).map { "20270115Send00\($0)" })
        add(["20270115Send100"], age: .minutes(1), to: fixture)
        let ledger = try fixture.open()
        fixture.set("20270115Send000", "SENT")
        let asked = try #require(try await ledger.dueMessage("20270115Send001"))
        _ = try await ledger.commit([asked.open()], at: now)
        #expect(try await ledger.dueCount(of: send, at: now) == 4)
        #expect(try await ledger.dueCount(of: send, at: now + .days(1)) == 6)
    }

    @Test("it reads only their part of the index", arguments: [false, true])
    func itReadsOnlyTheirPartOfTheIndex(_ analyzed: Bool) throws {
        let fixture = Fixture { $0.createIndex = true }
        fixture.addPending(1...2000)
        _ = try fixture.open()
        try fixture.makeIndex()
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let lines = try QueryPlan(SendReader.query(mapping), on: connection).lines
        #expect(lines.first?.hasSuffix("(external_id>? AND external_id<?)") == true, "\(lines)")
    }
}

/// What the status page is told.
@Suite struct StatusTests {
    private let hour = now.milliseconds / 3_600_000

    private func cycle(_ number: Int) -> CycleRecord {
        CycleRecord(
            startedAt: now - .minutes(Int64(number)), duration: .milliseconds(Int64(number)), result: .ok,
            health: ProviderHealth(since: now), due: number, requests: 2, settled: 1)
    }

    @Test("what is settled is counted by the hour")
    func whatIsSettledIsCountedByTheHour() async throws {
        let fixture = Fixture()
        fixture.addPending(1...6, age: .days(4))
        let ledger = try fixture.open()
        let decisions = try await ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "m1", "m2": message.delivered()
            case "m3": message.failed("64016")
            case "m4": message.open()
            default: nil
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        // The same again misses, and is not counted.
        _ = try await ledger.commit(decisions, at: now)
        let figures = try await fixture.open(.readOnly).figures(at: now)
        #expect(
            Set(figures.settled) == [
                SettledCount(hour: hour, source: .inquiry, outcome: .sent, count: 2),
                SettledCount(
                    hour: hour, source: .inquiry, outcome: .deadLetter(.reported), code: ReportCode("64016"), count: 1),
                SettledCount(hour: hour, source: .inquiry, outcome: .deadLetter(.stale), count: 1),
            ])
        #expect(figures.pending.buckets == [0, 0, 0, 0, 0, 2, 0])
        #expect(figures.pending.oldest == .days(4))
        #expect(figures.firing.map(\.identity.name) == [.deadLetters, .staleMessages])
    }

    @Test("old counts are forgotten and the last cycles kept")
    func oldCountsAreForgottenAndTheLastCyclesKept() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .days(4))
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        for number in 1...30 { try await ledger.finish(cycle(number), at: now) }
        let figures = try await ledger.figures(at: now)
        #expect(figures.cycles == (11...30).reversed().map(cycle))
        #expect(figures.lastSuccessAt == now)
        #expect(figures.settled.count == 1)
        #expect(try await ledger.figures(at: now + .days(8)).settled.isEmpty)
        try await ledger.finish(cycle(31), at: now + .days(9))
        #expect(fixture.raw.value("SELECT count(*) FROM reconciler_hour") == "0")
    }

    @Test("the application's own settlements are told from ours")
    func theApplicationsOwnSettlementsAreToldFromOurs() async throws {
        let fixture = Fixture()
        fixture.addPending(1...5)
        fixture.addPending(6...6, age: .days(8))
        let ledger = try fixture.open()
        let ours = try await ledger.walk().filter { $0.key.text == "m1" }.map { $0.delivered() }
        _ = try await ledger.commit(ours, at: now)
        fixture.set("m2", "SENT")
        fixture.set("m3", "DEAD_LETTER")
        fixture.set("m4", "CANCELLED")
        var expected = Origins.Hour(hour: hour - 1)
        expected.elsewhere = 2
        expected.asked = 1
        expected.pending = 1
        let origins = try await ledger.figures(at: now).origins
        #expect(origins.hours == [expected])
        #expect(origins.rows == 6)
        #expect(!origins.isCutShort)
    }

    @Test("rows without key or time are counted apart")
    func rowsWithoutKeyOrTimeAreCountedApart() async throws {
        let fixture = Fixture()
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, created_at)
            VALUES (NULL, '2020-01-01T00:00:00Z'), ('', 'x'), ('k', 'never')
            """)
        let reader = try fixture.open(.readOnly)
        let figures = try await reader.figures(at: now)
        #expect(figures.pending.withoutKey == 2)
        #expect(figures.pending.withoutTime == 1)
        #expect(figures.pending.total == 3)
        #expect(figures.pending.oldest == nil)
        #expect(figures.cycles.isEmpty)
    }

    @Test("what time has ended fires no more")
    func whatTimeHasEndedFiresNoMore() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .hours(1))
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        #expect(try await ledger.firing(at: now).count == 1)
        #expect(try await ledger.firing(at: now + .hours(5)).isEmpty)
        #expect(try await ledger.overview(at: now).firing.count == 1)
        #expect(try await ledger.overview(at: now + .hours(5)).firing.isEmpty, "with or without a daemon that notes it")
    }

    @Test("no query walks the audit or sorts")
    func noQueryWalksTheAuditOrSorts() throws {
        let fixture = Fixture { $0.createIndex = true }
        _ = try fixture.open()
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let plan = try QueryPlan(
            "SELECT hour FROM reconciler_hour WHERE hour >= ?1 ORDER BY hour, source, outcome, code", on: connection)
        #expect(!plan.path.sorts, "\(plan.lines)")
        #expect(plan.lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan.lines)")
    }
}

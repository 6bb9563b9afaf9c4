import Engine
@testable import Ledger
import Reconciliation
import Support
import Testing

/// What every ledger of reports must do.
@Suite struct ReportContractTests {
    private func entry(_ key: String, _ code: String, _ service: String? = "ALIMTALK") -> ReportEntry {
        ReportEntry(
            key: MessageKey(key), serviceType: service, code: ReportCode(code), text: "words", reportedAt: now)
    }

    private func kept(
        _ key: String, _ codes: String..., matched: Bool = false, tries: Int = 0, tryAt: Timestamp = now,
        receivedAt: Timestamp = now
    ) -> ReportDecision {
        let services = ["ALIMTALK", "SMS", nil]
        let entries = codes.enumerated().map { entry(key, $0.element, services[$0.offset]) }
        return ReportDecision(
            MessageKey(key), nil,
            kept: ParkedReports(entries, isMatched: matched, receivedAt: receivedAt, tries: tries, tryAt: tryAt),
            read: nil)
    }

    private func known(_ subject: any ContractSubject, _ key: String) async throws -> ReportedMessage {
        try #require(try await subject.ledger.reported([MessageKey(key)]).first)
    }

    @Test("an unverifiable dead letter is told more precisely once", arguments: ReportImplementation.allCases)
    func anUnverifiableDeadLetterIsToldMorePreciselyOnce(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(40))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        let givenUp = try await subject.ledger.commit([message.rejected()], at: now)
        #expect(givenUp.applied.map(\.reason) == [.unverifiable])
        let known = try #require(try await subject.ledger.known([MessageKey("a")], at: now).first).message
        let told = try await subject.ledger.commit([known.failed("64016")], at: now)
        #expect(told.applied.map(\.reason) == [.reported])
        let again = try await subject.ledger.commit([known.failed("64008")], at: now)
        #expect(again.applied.isEmpty)
        #expect(again.settledElsewhere.map(\.text) == ["a"])
        #expect(await subject.status("a") == .deadLetter)
    }

    @Test("messages are found by key, whatever their age and status", arguments: ReportImplementation.allCases)
    func messagesAreFoundByKeyWhateverTheirAgeAndStatus(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let ages: [(String, RowStatus, Duration)] = [
            ("young", .pending, .seconds(1)), ("old", .pending, .days(40)), ("sent", .sent, .hours(1)),
            ("dead", .deadLetter, .hours(1)), ("theirs", .other, .hours(1)),
        ]
        for (key, status, age) in ages { await subject.add(key, status, acceptedAt: now - age) }
        let keys = ["theirs", "young", "none", "sent", "dead", "old"].map { MessageKey($0) }
        let found = try await subject.ledger.reported(keys)
        #expect(found.map(\.key) == keys)
        #expect(found.map { $0.message?.status } == [.other, .pending, nil, .sent, .deadLetter, .pending])
        #expect(found[1].message?.acceptedAt == now - .seconds(1))
        #expect(found.allSatisfy { $0.kept == nil })
        #expect(found.allSatisfy { $0.message?.tracking ?? Tracking() == Tracking() })
        #expect(try await subject.ledger.reported([]).isEmpty)
    }

    @Test("what is known from asking comes with the message", arguments: ReportImplementation.allCases)
    func whatIsKnownFromAskingComesWithTheMessage(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await known(subject, "a").message)
        let tracking = Tracking(answers: 2, wasAnswered: true, lastCode: ReportCode("63005"), failures: 1)
        _ = try await subject.ledger.commit([Decision(message, .wait(until: now, tracking))], at: now)
        #expect(try await known(subject, "a").message?.tracking == tracking)
    }

    @Test("a dead letter put back by hand starts anew", arguments: ReportImplementation.allCases)
    func aDeadLetterPutBackByHandStartsAnew(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        let message = try #require(try await known(subject, "a").message)
        _ = try await subject.ledger.commit([message.open()], at: now)
        #expect(try await known(subject, "a").message?.tracking.reason == .stale)
        await subject.set("a", .pending)
        #expect(try await known(subject, "a").message?.tracking == Tracking())
    }

    @Test("a decision and what is kept are made true together", arguments: ReportImplementation.allCases)
    func aDecisionAndWhatIsKeptAreMadeTrueTogether(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        let message = try #require(try await known(subject, "a").message)
        let result = try await subject.ledger.apply(
            [
                ReportDecision(message.key, message.delivered(), kept: nil, read: nil),
                kept("b", "64016", "63005", tryAt: now + .minutes(1)),
            ], at: now)
        #expect(result.applied.map(\.key.text) == ["a"])
        #expect(await subject.status("a") == .sent)
        let stranger = try await known(subject, "b")
        #expect(stranger.message == nil)
        #expect(stranger.kept == kept("b", "64016", "63005", tryAt: now + .minutes(1)).kept)
    }

    @Test("what is kept replaces what was kept", arguments: ReportImplementation.allCases)
    func whatIsKeptReplacesWhatWasKept(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for decision in [kept("a", "64016", "23001", "22003"), kept("a", "10000", matched: true, tries: 3)] {
            for _ in 1...2 {
                var decision = decision
                decision.read = try await known(subject, "a").kept
                _ = try await subject.ledger.apply([decision], at: now)
            }
            #expect(try await known(subject, "a").kept?.entries.count == decision.kept?.entries.count)
            #expect(try await known(subject, "a").kept?.tries == decision.kept?.tries)
            #expect(try await known(subject, "a").kept?.isMatched == decision.kept?.isMatched)
        }
        let read = try await known(subject, "a").kept
        _ = try await subject.ledger.apply([ReportDecision(MessageKey("a"), nil, kept: nil, read: read)], at: now)
        #expect(try await known(subject, "a").kept == nil)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).isEmpty)
    }

    @Test("what has waited longest is looked at first, and nothing early", arguments: ReportImplementation.allCases)
    func whatHasWaitedLongestIsLookedAtFirstAndNothingEarly(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("b", .pending, acceptedAt: now)
        _ = try await subject.ledger.apply(
            [
                kept("a", "64016", tryAt: now), kept("b", "64016", "23001", tryAt: now - .hours(2)),
                kept("c", "64016", tryAt: now + .milliseconds(1)), kept("d", "64016", tryAt: now - .hours(1)),
            ], at: now)
        let due = try await subject.ledger.reportsToRetry(at: now, limit: 10)
        #expect(due.map(\.key.text) == ["b", "d", "a"])
        #expect(due[0].message?.status == .pending)
        #expect(due[1].message == nil)
        #expect(due[0].kept?.entries.count == 2)
        let first = try await subject.ledger.reportsToRetry(at: now, limit: 2)
        #expect((1...2).contains(first.count))
        #expect(first[0].key.text == "b")
        let position = ReportPosition(tryAt: now - .hours(1), key: MessageKey("d"))
        let rest = try await subject.ledger.reportsToRetry(past: position, at: now, limit: 10)
        #expect(rest.map(\.key.text) == ["a"])
    }

    @Test("a result of somebody else's is not overwritten by a report", arguments: ReportImplementation.allCases)
    func aResultOfSomebodyElseIsNotOverwrittenByAReport(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        await subject.add("b", .pending, acceptedAt: now)
        let found = try await subject.ledger.reported([MessageKey("a"), MessageKey("b")]).compactMap(\.message)
        await subject.set("a", .sent)
        await subject.set("b", .deadLetter)
        let result = try await subject.ledger.apply(
            [
                ReportDecision(found[0].key, found[0].failed("64016"), kept: nil, read: nil),
                ReportDecision(found[1].key, found[1].delivered(), kept: nil, read: nil),
            ], at: now)
        #expect(result.settledElsewhere.map(\.text) == ["a"])
        #expect(result.applied.map(\.isLate) == [true])
        #expect(await subject.status("a") == .sent)
        #expect(await subject.status("b") == .sent)
    }

    @Test("a row that appears later is found", arguments: ReportImplementation.allCases)
    func aRowThatAppearsLaterIsFound(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        _ = try await subject.ledger.apply([kept("a", "10000")], at: now)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).map(\.message) == [nil])
        await subject.add("a", .pending, acceptedAt: now)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).first?.message?.status == .pending)
        await subject.remove("a")
        #expect(try await known(subject, "a").message == nil)
    }
}

extension ReportContractTests {
    @Test(
        "a message is not given up while a report of its outcome is kept: that is to be applied first",
        arguments: ReportImplementation.allCases)
    func notGivenUpAgainstAKeptReport(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        _ = try await subject.ledger.apply(
            [kept("a", "10000", tryAt: now + .hours(6)), kept("b", "63005", tryAt: now + .hours(6))], at: now)
        for key in ["a", "b"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        let messages = try await subject.ledger.reported([MessageKey("a"), MessageKey("b")]).compactMap(\.message)
        let result = try await subject.ledger.commit(messages.map { $0.open() }, at: now)
        #expect(result.applied.map(\.key.text) == ["b"], "an uncertain report tells no outcome")
        #expect(result.settledElsewhere.isEmpty)
        #expect(try await known(subject, "a").message?.status == .pending)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).map(\.key.text) == ["a"])
    }
}

/// What only the SQLite ledger does with reports.
@Suite struct ReportTests {
    private func keep(
        _ ledger: SQLLedger, _ key: String, matched: Bool = false, receivedAt: Timestamp = now
    ) async throws {
        let entry = ReportEntry(key: MessageKey(key), serviceType: "SMS", code: ReportCode("64016"))
        let kept = ParkedReports([entry], isMatched: matched, receivedAt: receivedAt, tryAt: now + .days(1))
        _ = try await ledger.apply([ReportDecision(MessageKey(key), nil, kept: kept, read: nil)], at: now)
    }

    private func finish(_ ledger: SQLLedger, at time: Timestamp) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    @Test("a database of the first version is brought up to date")
    func aDatabaseOfTheFirstVersionIsBroughtUpToDate() async throws {
        let fixture = Fixture()
        _ = try fixture.open()
        let later = Migration.all.dropFirst()
        for index in later.flatMap(\.indexes) { fixture.raw.run("DROP INDEX \(index.name)") }
        for table in later.flatMap(\.tables) { fixture.raw.run("DROP TABLE \(table.name)") }
        for (table, column) in later.flatMap(\.columns) where table != "reconciler_report" {
            fixture.raw.run("ALTER TABLE \(table) DROP COLUMN \(column.name)")
        }
        fixture.raw.run("UPDATE reconciler_meta SET value = '1' WHERE key = 'schema_version'")
        let ledger = try fixture.open()
        #expect(ledger.migrations == Array(2...Migration.currentVersion))
        try await keep(ledger, "a")
    }

    @Test("a key without an index is refused with the remedy before any table is walked")
    func aKeyWithoutAnIndexIsRefusedWithTheRemedyBeforeAnyTableIsWalked() throws {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT, status TEXT, "
                + "service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)"
        ) { $0.findsByKey = true }
        let error = #expect(throws: LedgerError.self) { try fixture.open() }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("CREATE INDEX … ON notification_history (external_id)") == true)
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        _ = try fixture.open()
    }

    @Test("messages and kept reports are found by their indexes", arguments: [false, true])
    func messagesAndKeptReportsAreFoundByTheirIndexes(_ analyzed: Bool) async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...2000)
        for index in 1...50 { try await keep(ledger, "m\(index)") }
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let queries = MessageStates.byKeyQuery(mapping)
        #expect(try QueryPlan(queries, on: connection).lines.filter { $0.contains("SCAN") } == [])
        for query in [ReportTable.dueQuery(SQLiteDialect()), ReportTable.byKeyQuery, ReportTable.pruneQuery] {
            let lines = try QueryPlan(query, on: connection).lines
            #expect(lines.allSatisfy { !$0.hasPrefix("SCAN") }, "\(lines)")
            #expect(lines.allSatisfy { !$0.hasPrefix("USE TEMP") }, "\(lines)")
        }
    }

    @Test("reports end with the provider's window")
    func reportsEndWithTheProvidersWindow() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await keep(ledger, "old", receivedAt: now - .days(30))
        try await keep(ledger, "new", receivedAt: now - .days(29))
        try await finish(ledger, at: now)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_report") == 2)
        try await finish(ledger, at: now + .seconds(1))
        #expect(fixture.raw.rows("SELECT message_key FROM reconciler_report") == [["new"]])
    }

    @Test("reports without a row are counted")
    func reportsWithoutARowAreCounted() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        for key in ["a", "b"] { try await keep(ledger, key) }
        try await keep(ledger, "c", matched: true)
        #expect(try await ledger.overview(at: now).unmatchedReports == 2)
        let fresh = Fixture()
        #expect(try await fresh.open(.readOnly).overview(at: now).unmatchedReports == 0)
    }

    @Test("the audit says that it came by polling")
    func theAuditSaysThatItCameByPolling() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let found = try await ledger.reported([MessageKey("m1"), MessageKey("m2")]).compactMap(\.message)
        let decisions = found.map { message in
            let decision = message.failed("64016")
            return ReportDecision(
                message.key, Decision(message, decision.judgement.byReport(.polling)), kept: nil, read: nil)
        }
        _ = try await ledger.apply([decisions[0]], at: now)
        _ = try await ledger.commit([found[1].failed("64016")], at: now)
        #expect(try await ledger.message(MessageKey("m1"))?.timeline.map(\.source) == [.polling])
        #expect(try await ledger.message(MessageKey("m2"))?.timeline.map(\.source) == [.inquiry])
    }

    @Test("of several rows with one key the pending one is meant, and the case of a key counts")
    func ofSeveralRowsWithOneKeyThePendingOneIsMeantAndTheCaseOfAKeyCounts() async throws {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT COLLATE NOCASE, "
                + "status TEXT, service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, "
                + "updated_at TEXT)"
        ) { $0.findsByKey = true }
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at) VALUES
                ('M1', 'PENDING', ''), ('m1', 'DEAD_LETTER', ''), ('m1', 'PENDING', ''), ('M2', 'PENDING', '')
            """)
        let ledger = try fixture.open()
        let found = try await ledger.reported([MessageKey("m1"), MessageKey("m2")])
        #expect(found[0].message?.row == RowLocator(3))
        #expect(found[1].message == nil)
    }

    @Test("a row that cannot be changed changes nothing and keeps nothing")
    func aRowThatCannotBeChangedChangesNothingAndKeepsNothing() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run(
            """
            CREATE TRIGGER no BEFORE UPDATE ON notification_history
            BEGIN SELECT raise(ABORT, 'not this one'); END
            """)
        let ledger = try fixture.open()
        try await keep(ledger, "m1")
        let message = try #require(try await ledger.reported([MessageKey("m1")]).first?.message)
        await #expect(throws: LedgerError.self) {
            try await ledger.apply([ReportDecision(message.key, message.delivered(), kept: nil, read: nil)], at: now)
        }
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_report") == 1)
    }
}

import Engine
import Ledger
import Reconciliation
import Testing

/// Rows that the table refuses to have changed.
@Suite struct RefusedRowTests {
    private let error = LedgerError(.unusable, "CHECK constraint failed: status")

    private func finish(_ ledger: SQLLedger) async throws {
        let cycle = CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: now)
    }

    private func putOff(_ message: DueMessage) -> Decision {
        var tracking = message.tracking
        tracking.refusal = error.message
        return Decision(message, .wait(until: now + .hours(1), tracking))
    }

    @Test("they are remembered across a restart until they are settled")
    func theyAreRememberedAcrossARestartUntilTheyAreSettled() async throws {
        let fixture = Fixture()
        fixture.addPending(1...5)
        var ledger = try fixture.open()
        #expect(try await ledger.refusals() == nil)
        _ = try await ledger.commit(try await ledger.walk().map(putOff), at: now)
        try await finish(ledger)
        await ledger.close()

        ledger = try fixture.open()
        let keys = ["m1", "m2", "m3"].map { MessageKey($0) }
        #expect(try await ledger.refusals() == RejectedRows(count: 5, examples: keys, reason: error.message))
        let due = try await ledger.walk(at: now + .hours(2)).sorted { $0.key < $1.key }
        _ = try await ledger.commit([due[0].delivered(), due[1].failed("64016"), due[2].open()], at: now)
        #expect(try await ledger.refusals()?.count == 3, "one that is in flight by now may be refused again")
        fixture.set("m3", "SENT")
        fixture.set("m4", "CANCELLED")
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm5'")
        try await finish(ledger)
        #expect(try await ledger.refusals() == nil)
    }

    @Test("a dead letter of the application's is remembered as long as its report")
    func aDeadLetterOfTheApplicationsIsRememberedAsLongAsItsReport() async throws {
        let fixture = Fixture { $0.findsByKey = true }
        fixture.addPending(1...1)
        fixture.set("m1", "DEAD_LETTER")
        let ledger = try fixture.open()
        let key = MessageKey("m1")
        let message = try #require(try await ledger.reported([key]).first?.message)
        let kept = ParkedReports(
            [ReportEntry(key: key, code: ReportCode("10000"))], isMatched: true, receivedAt: now,
            tryAt: now + .hours(1))
        _ = try await ledger.apply([ReportDecision(key, putOff(message), kept: kept, read: nil)], at: now)
        #expect(try await ledger.walk(at: now + .hours(2)).isEmpty)
        try await finish(ledger)
        #expect(try await ledger.refusals()?.count == 1)
        let read = try await ledger.reported([key]).first?.kept
        _ = try await ledger.apply([ReportDecision(key, nil, kept: nil, read: read)], at: now)
        try await finish(ledger)
        #expect(try await ledger.refusals() == nil)
    }

    private func due(_ ledger: SQLLedger) async throws -> Int { try await ledger.walk(at: now + .seconds(1)).count }

    @Test("they are due at once when the table is another one or people want it")
    func theyAreDueAtOnceWhenTheTableIsAnotherOneOrPeopleWantIt() async throws {
        let fixture = Fixture { $0.findsByKey = true }
        fixture.addPending(1...1200)
        let ledger = try fixture.open()
        try await ledger.retryRefused(all: false, at: now)
        let messages = try await ledger.walk(limit: 2000)
        _ = try await ledger.commit(messages.map(putOff), at: now)
        let kept = ParkedReports(
            [ReportEntry(key: MessageKey("m1"), code: ReportCode("10000"))], isMatched: true, receivedAt: now,
            tryAt: now + .hours(1))
        _ = try await ledger.apply([ReportDecision(MessageKey("m1"), nil, kept: kept, read: nil)], at: now)
        try await ledger.retryRefused(all: false, at: now + .seconds(1))
        #expect(try await due(ledger) == 0)
        #expect(try await ledger.reportsToRetry(at: now + .seconds(1), limit: 10).isEmpty)

        fixture.raw.run("CREATE INDEX by_status ON notification_history (status)")
        try await ledger.retryRefused(all: false, at: now + .seconds(1))
        #expect(try await due(ledger) == 1200)
        #expect(try await ledger.reportsToRetry(at: now + .seconds(1), limit: 10).count == 1)
        #expect(try await ledger.refusals()?.count == 1200, "until they have been tried")

        _ = try await ledger.commit(messages.map(putOff), at: now)
        try await ledger.retryRefused(all: false, at: now + .seconds(1))
        #expect(try await due(ledger) == 0)
        try await ledger.retryRefused(all: true, at: now + .seconds(1))
        #expect(try await due(ledger) == 1200)
    }

    @Test("requeueing goes on with the others")
    func requeueingGoesOnWithTheOthers() async throws {
        let fixture = Fixture()
        fixture.addPending(1...4)
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        fixture.raw.run(
            """
            CREATE TRIGGER keep BEFORE UPDATE ON notification_history WHEN old.external_id = 'm2'
            BEGIN SELECT raise(ABORT, 'kept'); END
            """)
        let keys = ["m1", "m2", "m9"].map { MessageKey($0) }
        let result = try await ledger.requeue(keys, at: now)
        #expect(result.requeued == [keys[0]])
        #expect(result.refused == [keys[1]])
        #expect(result.notFound == [keys[2]])
        #expect(result.refusal?.message.contains("kept") == true)
        let all = try await ledger.requeue(reason: .reported, at: now)
        #expect(Set(all.requeued.map(\.text)) == ["m3", "m4"])
        #expect(all.refused == [keys[1]])
    }

    private static let ignoring = "BEFORE UPDATE ON notification_history BEGIN SELECT RAISE(IGNORE); END"
    private static let takingBack = """
        AFTER UPDATE ON notification_history WHEN new.status <> old.status
        BEGIN UPDATE notification_history SET status = old.status WHERE id = old.id; END
        """

    @Test("a trigger that keeps the row refuses it", arguments: [ignoring, takingBack])
    func aTriggerThatKeepsTheRowRefusesIt(_ trigger: String) async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let due = try await ledger.walk().sorted { $0.key < $1.key }
        fixture.set("m2", "DEAD_LETTER")
        fixture.raw.run("CREATE TRIGGER keep \(trigger)")
        for message in due {
            let error = await #expect(throws: LedgerError.self) {
                try await ledger.commit([message.delivered()], at: now)
            }
            #expect(error?.kind == .rowRejected)
            #expect(error?.message.contains("trigger") == true)
        }
        #expect(fixture.status("m1") == "PENDING")
        #expect(fixture.status("m2") == "DEAD_LETTER")
        fixture.raw.run("DROP TRIGGER keep")
        #expect(try await ledger.commit(due.map { $0.delivered() }, at: now).applied.count == 2)
    }

    @Test("a status that is a number is settled")
    func aStatusThatIsANumberIsSettled() async throws {
        let table = Fixture.table.replacing("status TEXT NOT NULL DEFAULT 'PENDING'", with: "status INTEGER")
        let fixture = Fixture(table: table) {
            $0.statuses.pending = "0"
            $0.statuses.sent = "1"
            $0.statuses.deadLetter = "2"
        }
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at)
            VALUES ('m1', 0, '\((now - .hours(1)).iso8601())')
            """)
        let ledger = try fixture.open()
        #expect(try await ledger.commit([try await ledger.walk()[0].delivered()], at: now).applied.count == 1)
        #expect(fixture.status("m1") == "1")
    }

    @Test("a key that is no text is never asked about, and is said")
    func aKeyThatIsNoTextIsNeverAskedAboutAndIsSaid() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET external_id = CAST(x'4fff31' AS TEXT)")
        fixture.addPending(2...2)
        let ledger = try fixture.open()
        let page = try await ledger.due(from: DueCursor(), at: now, limit: 100)
        #expect(page.messages.map(\.key.text) == ["m2"])
        #expect(page.unreadableKeys == [RowLocator(1)])
        let overview = try await ledger.overview(at: now)
        #expect(overview.pending == 2)
        #expect(overview.pendingWithUnreadableKey == 1)
        #expect(overview.pendingWithoutKey == 0)
        #expect(try await ledger.figures(at: now).pending.withoutKey == 1)
    }

    @Test("words that the column takes for one are refused")
    func wordsThatTheColumnTakesForOneAreRefused() throws {
        let table = Fixture.table.replacing("status TEXT", with: "status TEXT COLLATE NOCASE")
        let fixture = Fixture(table: table) { $0.statuses.pending = "Sent" }
        let error = #expect(throws: LedgerError.self) { try fixture.open(.readOnly) }
        #expect(error?.kind == .unusable)
        #expect(error?.message.hasPrefix("Sent and SENT are one word to column status (COLLATE NOCASE)") == true)
        _ = try Fixture(table: table).open()
    }
}

@Suite struct RequeueTests {
    private func deadLetters(_ count: Int = 6) async throws -> (Fixture, SQLLedger) {
        let fixture = Fixture()
        fixture.addPending(1...count, age: .days(4))
        let ledger = try fixture.open()
        let decisions = try await ledger.walk(limit: 1000).map { message in
            switch (message.row.rowid ?? 0) % 3 {
            case 0: message.failed("64016")
            case 1: message.failed("64008")
            default: message.open()
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        return (fixture, ledger)
    }

    @Test("dead letters become pending and due at once")
    func deadLettersBecomePendingAndDueAtOnce() async throws {
        let (fixture, ledger) = try await deadLetters()
        fixture.set("m6", "SENT")
        let keys = ["m2", "m3", "m2", "m6", "m99", "m99"].map { MessageKey($0) }
        let result = try await ledger.requeue(keys, at: now + .hours(1))
        #expect(result.requeued.map(\.text) == ["m2", "m3"])
        #expect(result.notDeadLetters.map(\.text) == ["m6"])
        #expect(result.notFound.map(\.text) == ["m99"])
        let rows = fixture.raw.rows(
            "SELECT status, report_code, error_message, updated_at FROM notification_history WHERE id IN (2, 3)")
        #expect(rows == Array(repeating: ["PENDING", nil, nil, "2027-01-15T18:00:00+09:00"], count: 2))
        let due = try await ledger.walk(at: now + .hours(1))
        #expect(Set(due.map(\.key.text)) == ["m2", "m3"])
        #expect(due.allSatisfy { $0.tracking == Tracking() })
        #expect(due.allSatisfy { $0.status == .pending })
        let timeline = try #require(try await ledger.message(MessageKey("m2"))).timeline
        #expect(timeline.map(\.source) == [.inquiry, .requeue])
        #expect(timeline.last?.reason == .stale)
    }

    @Test("a dead letter of somebody else can be requeued")
    func aDeadLetterOfSomebodyElseCanBeRequeued() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .minutes(1))
        fixture.set("m1", "DEAD_LETTER")
        let ledger = try fixture.open()
        #expect(try await ledger.requeue([MessageKey("m1")], at: now).requeued.count == 1)
        // Although it was accepted less than `after` ago.
        #expect(try await ledger.walk().map(\.key.text) == ["m1"])
    }

    @Test("all of one reason are requeued")
    func allOfOneReasonAreRequeued() async throws {
        let (fixture, ledger) = try await deadLetters(3500)
        fixture.set("m2", "SENT")
        let result = try await ledger.requeue(reason: .stale, at: now)
        #expect(result.requeued.count == 1166)
        #expect(Set(result.requeued).count == 1166)
        #expect(fixture.status("m2") == "SENT")
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 1166)
        #expect(try await ledger.requeue(reason: .stale, at: now).requeued.isEmpty)
    }

    @Test("all of one code are requeued")
    func allOfOneCodeAreRequeued() async throws {
        let (fixture, ledger) = try await deadLetters()
        let result = try await ledger.requeue(reason: .reported, code: ReportCode("64008"), at: now)
        #expect(result.requeued.map(\.text) == ["m1", "m4"])
        #expect(fixture.status("m3") == "DEAD_LETTER")
        #expect(try await ledger.requeue(reason: .reported, code: ReportCode("1"), at: now).requeued.isEmpty)
    }

    @Test("those of a reason that were accepted in a time are requeued, and no others")
    func thoseAcceptedInATimeAreRequeued() async throws {
        let (fixture, ledger) = try await deadLetters()
        let accepted = now - .days(4)
        fixture.raw.run(
            """
            UPDATE notification_history SET created_at = CASE id WHEN 1 THEN '\((accepted - .hours(1)).iso8601())'
                WHEN 3 THEN '\((accepted + .hours(1)).iso8601(offset: -7200))' WHEN 4 THEN 'never'
                ELSE created_at END
            """)
        let after = AcceptanceSpan(since: accepted + .milliseconds(1))
        let result = try await ledger.requeue(reason: .reported, accepted: after, at: now)
        #expect(result.requeued.map(\.text) == ["m3"])
        #expect(result.notFound.isEmpty)
        let before = AcceptanceSpan(since: accepted - .hours(1), until: accepted)
        #expect(try await ledger.requeue(reason: .reported, accepted: before, at: now).requeued.map(\.text) == ["m1"])
        let exact = AcceptanceSpan(since: accepted, until: accepted + .milliseconds(1))
        let ofCode = try await ledger.requeue(reason: .reported, code: ReportCode("64016"), accepted: exact, at: now)
        #expect(ofCode.requeued.map(\.text) == ["m6"])
        #expect(fixture.status("m4") == "DEAD_LETTER", "nobody knows when it was accepted")
        #expect(fixture.status("m2") == "DEAD_LETTER", "stale")
    }

    @Test("all of a time are found among very many of a reason")
    func allOfATimeAreFoundAmongMany() async throws {
        let (fixture, ledger) = try await deadLetters(3500)
        fixture.raw.run(
            "UPDATE notification_history SET created_at = '\((now - .days(3)).iso8601())' WHERE id % 700 < 3")
        let result = try await ledger.requeue(
            reason: .stale, accepted: AcceptanceSpan(since: now - .days(3), until: now), at: now)
        let expected = (1...3500).filter { $0 % 3 == 2 && $0 % 700 < 3 }.map { "m\($0)" }
        #expect(result.requeued.map(\.text).sorted() == expected.sorted())
        #expect(!expected.isEmpty)
        let pending = fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'")
        #expect(pending == expected.count)
    }

    @Test("a requeued message is counted under its reason no more")
    func aRequeuedMessageIsCountedUnderItsReasonNoMore() async throws {
        let (fixture, ledger) = try await deadLetters()
        defer { withExtendedLifetime(fixture) {} }
        _ = try await ledger.requeue(reason: .stale, at: now)
        let overview = try await ledger.overview(at: now)
        #expect(overview.deadLettersByReason == [.reported: 4])
        #expect(overview.otherDeadLetters == 0)
    }
}

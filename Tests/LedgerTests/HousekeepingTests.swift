import Engine
import Ledger
import Reconciliation
import Support
import Testing

/// What `finish` notes and what it removes.
@Suite struct HousekeepingTests {
    private func cycle(_ result: CycleRecord.Result = .ok, at time: Timestamp = now) -> CycleRecord {
        CycleRecord(startedAt: time, duration: .milliseconds(1234), result: result, health: ProviderHealth(since: now))
    }

    @Test("the last cycle and the last success are noted")
    func theLastCycleAndTheLastSuccessAreNoted() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.finish(cycle(), at: now + .seconds(2))
        try await ledger.finish(cycle(.failed, at: now + .minutes(1)), at: now + .minutes(1))
        let overview = try await ledger.overview(at: now)
        #expect(overview.lastCycle == cycle(.failed, at: now + .minutes(1)))
        #expect(overview.lastSuccessAt == now + .seconds(2))
        #expect(overview.providerHealth == ProviderHealth(since: now))
    }

    @Test("audit rows end with their retention")
    func auditRowsEndWithTheirRetention() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        _ = try await ledger.commit([due[1].delivered()], at: now + .days(1))
        try await ledger.finish(cycle(), at: now + .days(90))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 2)
        try await ledger.finish(cycle(), at: now + .days(90) + .hours(1))
        #expect(fixture.raw.rows("SELECT message_key FROM reconciler_audit") == [[due[1].key.text]])
    }

    @Test("audit rows written while the clock was ahead do not keep the ones behind them")
    func auditRowsWrittenWhileTheClockWasAheadDoNotKeepTheOnesBehindThem() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        func write(_ count: Int, _ key: String, at time: Timestamp) {
            fixture.raw.run(
                """
                WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < \(count))
                INSERT INTO reconciler_audit (at, message_key, row_id, from_status, to_status, source)
                SELECT \(time.milliseconds), '\(key)', n, 'pending', 'sent', 'inquiry' FROM i
                """)
        }
        write(12_000, "ahead", at: now + .days(365))
        write(12_000, "old", at: now - .days(91))
        write(6_000, "new", at: now)
        for _ in 1...8 { try await ledger.finish(cycle(), at: now) }
        let left = fixture.raw.rows("SELECT message_key, count(*) FROM reconciler_audit GROUP BY 1 ORDER BY 1")
        #expect(left == [["ahead", "12000"], ["new", "6000"]])
        for _ in 1...8 { try await ledger.finish(cycle(), at: now + .days(500)) }
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 0)
    }

    @Test("tracking that leads nowhere goes, and the rest stays")
    func trackingThatLeadsNowhereGoesAndTheRestStays() async throws {
        let fixture = Fixture()
        fixture.addPending(1...7, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let decisions = due.map { message in
            switch message.key.text {
            case "m1": message.failed("64016")
            case "m2": message.open()  // stale
            case "m7": message.failed("64016")
            default: Decision(message, .wait(until: now + .hours(1), message.tracking))
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        fixture.set("m3", "SENT")
        fixture.set("m4", "DEAD_LETTER")
        fixture.raw.run("DELETE FROM notification_history WHERE external_id IN ('m5', 'm7')")
        try await ledger.finish(cycle(), at: now)
        let left = fixture.raw.rows("SELECT message_key FROM reconciler_message ORDER BY 1").map { $0[0] }
        #expect(left == ["m1", "m2", "m6"])
    }

    @Test("a large tracking table is swept piece by piece")
    func aLargeTrackingTableIsSweptPieceByPiece() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2500)
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 1000)
        _ = try await ledger.commit(due.map { Decision($0, .wait(until: now + .days(1), $0.tracking)) }, at: now)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT'")
        var left: [Int] = []
        for _ in 1...3 {
            try await ledger.finish(cycle(), at: now)
            left.append(fixture.raw.count("SELECT count(*) FROM reconciler_message"))
        }
        #expect(left == [1500, 500, 0])
    }

    @Test("tracking met in passing goes at once")
    func trackingMetInPassingGoesAtOnce() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3000)
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 1000)
        _ = try await ledger.commit(due.map { Decision($0, .wait(until: now + .hours(1), $0.tracking)) }, at: now)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT'")
        #expect(try await ledger.walk(at: now + .hours(2)).isEmpty)
        try await ledger.finish(cycle(), at: now)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_message") == 0)
    }

    @Test("an old alert that everybody knows of is forgotten")
    func anOldAlertThatEverybodyKnowsOfIsForgotten() async throws {
        let fixture = Fixture { $0.sinks = [LedgerConfiguration.Sink(name: "log")] }
        let ledger = try fixture.open()
        try await ledger.observe([.occurred(.lateReports, AlertOccurrence(count: 1))], at: now)
        let end = now + .days(1)
        let resolved = try await ledger.alerts(at: end)
        let much = end + .days(91)
        try await ledger.finish(cycle(), at: much)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 1)
        let told = try #require(resolved.tellings.first).told(.firing, of: resolved.alerts[0], at: end)
        try await ledger.record(told.told(.resolved, of: resolved.alerts[0], at: end))
        try await ledger.finish(cycle(), at: end + .days(89))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 1)
        try await ledger.finish(cycle(), at: much)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 0)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_telling") == 0)
    }
}

/// A table without an `INTEGER PRIMARY KEY` and without an index on the key, whose rows a `VACUUM` renumbers.
@Suite struct MovedRowTests {
    private let fixture: Fixture

    init() {
        fixture = Fixture(
            table: """
                CREATE TABLE notification_history (id TEXT, external_id TEXT, status TEXT DEFAULT 'PENDING',
                    service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)
                """)
        fixture.addPending(1...6, age: .days(4))
    }

    private func tidy(_ ledger: SQLLedger, at time: Timestamp) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    private var tracked: [[String?]] {
        fixture.raw.rows("SELECT message_key, row_id FROM reconciler_message ORDER BY message_key")
    }

    /// Gives six messages up, removes two rows and renumbers the others.
    private func moved() async throws -> SQLLedger {
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit(due.map { $0.open() }, at: now)
        fixture.raw.run("DELETE FROM notification_history WHERE external_id IN ('m1', 'm4')")
        fixture.raw.run("VACUUM")
        return ledger
    }

    @Test("what was given up is still watched after a VACUUM")
    func whatWasGivenUpIsStillWatchedAfterAVacuum() async throws {
        let ledger = try await moved()
        try await tidy(ledger, at: now + .minutes(1))
        #expect(tracked == [["m2", "1"], ["m3", "2"], ["m5", "3"], ["m6", "4"]])
        let due = try await ledger.walk(at: now + .days(1))
        #expect(Set(due.map(\.key.text)) == ["m2", "m3", "m5", "m6"])
        #expect(due.allSatisfy { $0.status == .deadLetter })
        #expect(due.allSatisfy { $0.tracking.reason == .stale })
        let result = try await ledger.commit(due.map { $0.delivered() }, at: now + .days(1))
        #expect(result.applied.count == 4)
    }

    @Test("nothing is forgotten until the table was walked again")
    func nothingIsForgottenUntilTheTableWasWalkedAgain() async throws {
        let ledger = try await moved()
        try await tidy(ledger, at: now)
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm2'")
        fixture.raw.run("VACUUM")
        let before = tracked
        try await tidy(ledger, at: now + .minutes(59))
        #expect(tracked == before)
        try await tidy(ledger, at: now + .minutes(60))
        #expect(tracked == [["m3", "1"], ["m5", "2"], ["m6", "3"]])
    }
}

/// What every ledger must do of times that were reckoned from a clock that was ahead and has been set right.
@Suite struct ClockContractTests {
    private let ahead = now + .minutes(50)
    private let cycle = CycleRecord(
        startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))

    private func due(_ subject: any ContractSubject, at time: Timestamp) async throws -> [String] {
        try await subject.ledger.walk(at: time).map(\.key.text).sorted()
    }

    private func ask(_ subject: any ContractSubject, _ key: String, at time: Timestamp, pause: Duration) async throws {
        let message = try #require(try await subject.ledger.dueMessage(key, at: time))
        let tracking = Tracking(answers: 1, wasAnswered: true)
        _ = try await subject.ledger.commit([Decision(message, .wait(until: time + pause, tracking))], at: time)
    }

    @Test(
        "a message asked about less than an hour ahead is due at once; one asked about since waits its time",
        arguments: Implementation.allCases)
    func messages(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["ahead", "right", "step"] { await subject.add(key, .pending, acceptedAt: now - .hours(2)) }
        try await ask(subject, "ahead", at: ahead, pause: .minutes(9))
        try await ask(subject, "right", at: now - .seconds(1), pause: .minutes(80))
        try await ask(subject, "step", at: now + ClockJumpDetector.smallestJump, pause: .minutes(10))
        #expect(try await due(subject, at: now + .minutes(9)).isEmpty)
        try await subject.ledger.finish(cycle, at: now)
        #expect(try await due(subject, at: now) == ["ahead"])
        #expect(try await due(subject, at: now + .minutes(11)) == ["ahead", "step"])
        try await ask(subject, "ahead", at: now, pause: .minutes(10))
        try await subject.ledger.finish(cycle, at: now + .seconds(1))
        #expect(try await due(subject, at: now + .minutes(9)).isEmpty, "it was brought back once")
    }

    @Test(
        "a dead letter that is still watched is asked about, and one that is not any more is left alone",
        arguments: Implementation.allCases)
    func deadLetters(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["failed", "stale"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        let messages = try await subject.ledger.walk(at: ahead)
        _ = try await subject.ledger.commit(
            messages.map { $0.key.text == "stale" ? $0.open(at: ahead) : $0.failed("64016", at: ahead) }, at: ahead)
        #expect(try await due(subject, at: now + .hours(23)).isEmpty)
        try await subject.ledger.finish(cycle, at: now)
        #expect(try await due(subject, at: now) == ["stale"])
    }

    @Test("a kept report is looked at again at once, too", arguments: ReportImplementation.allCases)
    func reports(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        func keep(_ key: String, at time: Timestamp) async throws {
            let entry = ReportEntry(key: MessageKey(key), code: ReportCode("64016"))
            let kept = ParkedReports([entry], isMatched: false, receivedAt: time, tryAt: time + .minutes(10))
            _ = try await subject.ledger.apply([ReportDecision(entry.key, nil, kept: kept, read: nil)], at: time)
        }
        try await keep("ahead", at: ahead)
        try await keep("right", at: now)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).isEmpty)
        try await subject.ledger.finish(cycle, at: now)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).map(\.key.text) == ["ahead"])
        let later = try await subject.ledger.reportsToRetry(at: now + .minutes(10), limit: 10)
        #expect(Set(later.map(\.key.text)) == ["ahead", "right"])
    }

    @Test("many are brought back piece by piece")
    func many() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2500)
        let ledger = try fixture.open()
        let messages = try await ledger.walk(at: ahead, limit: 1000)
        _ = try await ledger.commit(
            messages.map { Decision($0, .wait(until: ahead + .minutes(10), $0.tracking)) }, at: ahead)
        var left: [Int] = []
        for _ in 1...3 {
            try await ledger.finish(cycle, at: now)
            left.append(
                fixture.raw.count("SELECT count(*) FROM reconciler_message WHERE next_ask_at > \(now.milliseconds)"))
        }
        #expect(left == [1500, 500, 0])
    }
}

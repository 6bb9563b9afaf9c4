import Engine
import Ledger
import Reconciliation
import Support
import Testing

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
        try await ask(subject, "step", at: now + ClockWatch.smallestJump, pause: .minutes(10))
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
            let kept = KeptReports([entry], isMatched: false, receivedAt: time, tryAt: time + .minutes(10))
            _ = try await subject.ledger.apply([ReportDecision(entry.key, nil, kept: kept)], at: time)
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

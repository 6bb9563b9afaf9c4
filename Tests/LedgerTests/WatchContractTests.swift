import Engine
import Reconciliation
import Testing

/// What every ledger tells of its messages as a whole , and how it keeps alerts.
@Suite struct WatchContractTests {
    private let identity = AlertIdentity(.lateReports)

    // MARK: Watching

    @Test("pending messages are counted up to the limit, and the oldest told", arguments: Implementation.allCases)
    func pending(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        #expect(
            try await subject.ledger.pendingOutline(countingUpTo: 10) == PendingOutline(unreadable: UnreadableRows()))
        for (key, age) in [("a", 1), ("b", 3), ("c", 2)] {
            await subject.add(key, .pending, acceptedAt: now - .hours(Int64(age)))
        }
        await subject.add("sent", .sent, acceptedAt: now - .days(1))
        await subject.add(nil, .pending, acceptedAt: now - .days(1))
        #expect(
            try await subject.ledger.pendingOutline(countingUpTo: 10)
                == PendingOutline(count: 3, oldestAcceptedAt: now - .hours(3), unreadable: UnreadableRows()))
        #expect(try await subject.ledger.pendingOutline(countingUpTo: 2).count == 2)
    }

    @Test(
        "a row whose key is too long to be one is told of, and left alone", arguments: Implementation.atServersAndFiles)
    func tooLongAKey(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        let (longest, tooLong) = (String(repeating: "k", count: 768), String(repeating: "가", count: 257))
        for key in ["a", longest, tooLong] { await subject.add(key, .pending, acceptedAt: now - .hours(1)) }
        let ledger = subject.ledger
        let pages = try await ledger.due(from: DueCursor(), at: now, limit: 10)
        #expect(Set(pages.messages.map(\.key.text)) == ["a", longest])
        #expect(pages.unreadableKeys.count == 1)
        #expect(try await ledger.pendingOutline(countingUpTo: 10).unreadable == UnreadableRows(keys: 1))
        #expect(try await ledger.known([MessageKey(tooLong)], at: now).isEmpty)
        _ = try await ledger.commit(pages.messages.map { $0.open() }, at: now)
        let due = try await ledger.walk(at: now + .days(4))
        #expect(
            try await ledger.commit(due.map { $0.delivered(at: now + .days(4)) }, at: now + .days(4)).applied.count == 2
        )
        #expect(await subject.status(longest) == .sent)
        #expect(await subject.status(tooLong) == .pending)
    }

    @Test(
        "what was found by asking is told from what the application settled, and given up is not found",
        arguments: Implementation.allCases)
    func settled(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["delivered", "failed", "polled", "taken", "theirs"] {
            await subject.add(key, .pending, acceptedAt: now - .minutes(30))
        }
        await subject.add("stale", .pending, acceptedAt: now - .days(4))
        let decisions = try await subject.ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "delivered": message.delivered()
            case "failed": message.failed("64016")
            case "polled": Decision(message, message.delivered().judgement.byReport(.polling))
            case "taken": Decision(message, message.delivered().judgement.byReport(.webhook))
            case "stale": message.open()
            default: nil
            }
        }
        #expect(try await subject.ledger.commit(decisions, at: now).applied.count == 5)
        await subject.settle("theirs", .sent, at: now - .minutes(20))
        #expect(
            try await subject.ledger.settledShare(since: now - .hours(1), until: now)
                == (implementation.grows ? SettledShare(byAsking: 2, elsewhere: 2) : SettledShare()))
        #expect(
            try await subject.ledger.settledShare(since: now + .hours(1), until: now + .hours(2)) == SettledShare())
    }

    // MARK: Alerts

    @Test("what occurred fires until it has not occurred for long", arguments: Implementation.allCases)
    func occurrence(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        #expect(try await subject.ledger.alerts(at: now).alerts.isEmpty)
        for _ in 1...2 { try await Self.observe(subject.ledger, [.occurred(.lateReports, AlertOccurrence(count: 2))]) }
        let alert = try #require(try await subject.ledger.alerts(at: now).alerts.first)
        #expect(alert.identity == identity)
        #expect(alert.isFiring)
        #expect(alert.count == 4)
        #expect(alert.since == now)
        #expect(try await subject.ledger.alerts(at: now + .days(2)).firing.isEmpty)
    }

    @Test("an outcome brings the alert it causes", arguments: Implementation.allCases)
    func outcome(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        _ = try await subject.ledger.commit([message.failed("64008")], at: now)
        #expect(try await subject.ledger.alerts(at: now).firing == [.accountRefused: 1, .deadLetters: 1])
    }

    @Test("what a sink was told is kept, in place of what it was told before", arguments: Implementation.allCases)
    func telling(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        try await Self.observe(subject.ledger, [.occurred(.lateReports, AlertOccurrence(count: 1))])
        let alert = try #require(try await subject.ledger.alerts(at: now).alerts.first)
        let first = NotificationRecord(identity: identity, sink: "log").told(.firing, of: alert, at: now)
        let other = NotificationRecord(identity: identity, sink: "pager").told(.firing, of: alert, at: now)
        let second = first.refused(at: now + .seconds(1), notBefore: now + .minutes(1))
        for telling in [first, other, second] { try await subject.ledger.record(telling) }
        #expect(Set(try await subject.ledger.alerts(at: now).tellings) == [second, other])
    }

    private static func observe(_ ledger: any Ledger, _ observations: [AlertObservation]) async throws {
        try await ledger.observe(observations, at: now)
    }
}

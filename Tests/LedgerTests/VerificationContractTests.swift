import Engine
import Ledger
import Reconciliation
import Testing

/// What every ledger keeps of verifications, and of what commands leave to it.
@Suite struct VerificationContractTests {
    private func difference(_ kind: Difference.Kind, _ key: String, _ code: String = "64008") -> Difference {
        Difference(
            kind, MessageKey(key), rowStatus: kind == .missingRow ? nil : .sent, code: ReportCode(code),
            acceptedAt: now - .hours(3))
    }

    private func firing(_ ledger: any LedgerUnderTest, at time: Timestamp = now) async throws -> [AlertName: Alert] {
        let firing = try await ledger.alerts(at: time).alerts.filter(\.isFiring)
        return Dictionary(firing.map { ($0.identity.name, $0) }) { first, _ in first }
    }

    // MARK: Differences

    @Test("what differs is new once, and told once", arguments: ReportImplementation.allCases)
    func notedOnce(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        let some = [difference(.falseSent, "a"), difference(.falseSent, "b"), difference(.missingRow, "a")]
        #expect(try await ledger.known(of: some).isEmpty)
        #expect(try await ledger.note(some, at: now) == Set(some))
        #expect(try await ledger.known(of: some + [difference(.falseSent, "c")]) == Set(some))
        #expect(try await firing(ledger)[.falseSent]?.count == 2)
        #expect(try await firing(ledger)[.missingRows]?.count == 1)
        let more = some + [difference(.falseSent, "c")]
        #expect(try await ledger.note(more, at: now + .minutes(1)) == [difference(.falseSent, "c")])
        #expect(try await firing(ledger)[.falseSent]?.count == 3)
        #expect(try await firing(ledger)[.missingRows]?.count == 1)
    }

    @Test("the same twice at once is one", arguments: ReportImplementation.allCases)
    func twiceAtOnce(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        let one = difference(.healed, "a", "10000")
        #expect(try await ledger.note([one, one], at: now) == [one])
        #expect(try await ledger.note([one], at: now).isEmpty)
        #expect(try await firing(ledger).isEmpty)
    }

    @Test(
        "what was noted goes on firing when it is found again, until it is not",
        arguments: ReportImplementation.allCases)
    func goesOn(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        let one = [difference(.falseSent, "a")]
        _ = try await ledger.note(one, at: now)
        _ = try await ledger.note(one, at: now + .minutes(9))
        #expect(try await firing(ledger, at: now + .minutes(18))[.falseSent]?.count == 1)
        #expect(try await firing(ledger, at: now + .minutes(19)).isEmpty)
        _ = try await ledger.note(one, at: now + .minutes(20))
        #expect(try await firing(ledger, at: now + .minutes(20)).isEmpty)
    }

    @Test("a message that was once tracked, or settled, leaves a trace; one nobody knows does not")
    func traces() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered(), due[1].open()], at: now)
        fixture.raw.run("DELETE FROM notification_history")
        let keys = (due.map(\.key.text) + ["never"]).map { MessageKey($0) }
        #expect(try await ledger.traces(of: keys) == Set(due.prefix(2).map(\.key)))
        #expect(try await ledger.traces(of: []).isEmpty)
    }

    // MARK: How far it has come

    @Test("how far verification has come outlives the process", arguments: ReportImplementation.allCases)
    func progress(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        #expect(try await ledger.verificationProgress() == nil)
        let progress = VerificationSchedule.Progress(beganAt: now, lookedAt: now, verifiedUntil: now - .hours(8))
        try await ledger.keep(progress)
        #expect(try await ledger.verificationProgress() == progress)
    }

    @Test(
        "what statistics have said is kept whole, with what it means for alerts",
        arguments: ReportImplementation.allCases)
    func deliveries(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        #expect(try await ledger.deliveryHistory() == DeliveryHistory())
        var history = DeliveryHistory()
        for hour in 0..<5 {
            let counts = DailyStatistics.Counts(total: 300, succeeded: 300, failed: 0)
            let reports = DailyStatistics.Counts(total: 300, succeeded: 0, failed: 300)
            history.note(
                [DailyStatistics(day: KoreanDay(now), received: counts, reported: reports)],
                at: now + .hours(Int64(hour)))
        }
        try await ledger.keep(history, observing: [history.observation], at: now)
        #expect(try await ledger.deliveryHistory() == history)
        #expect(try await firing(ledger)[.deliveryCollapse]?.detail == "0% of 300 < 90%")
        try await ledger.keep(DeliveryHistory(), observing: [DeliveryHistory().observation], at: now + .minutes(1))
        #expect(try await ledger.deliveryHistory() == DeliveryHistory())
        #expect(try await firing(ledger, at: now + .minutes(11)).isEmpty)
    }

    @Test(
        "dead letters that a listing made are found in their order, each once", arguments: ReportImplementation.allCases
    )
    func listed(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let ledger = subject.ledger
        for index in 1...5 { await subject.add("k\(index)", .pending, acceptedAt: now - .hours(1)) }
        for (index, message) in try await ledger.walk().sorted(by: { $0.key < $1.key }).enumerated() {
            guard case .settle(var settlement) = message.failed("64016").judgement else { continue }
            settlement.isListed = index != 1
            _ = try await ledger.commit([Decision(message, .settle(settlement))], at: now)
        }
        #expect(try await ledger.lastListedDeadLetter() == 0)
        let first = try await ledger.deadLettersByListing(past: 0, limit: 2)
        #expect(first.map(\.key.text) == ["k1", "k3"])
        let last = try #require(first.last)
        try await ledger.keep(lastListedDeadLetter: last.id)
        #expect(try await ledger.lastListedDeadLetter() == last.id)
        let second = try await ledger.deadLettersByListing(past: last.id, limit: 10)
        #expect(second.map(\.key.text) == ["k4", "k5"])
    }

    @Test("once the whole audit has been forgotten its numbers begin anew, and so does the walk")
    func auditBeginsAnew() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        try await ledger.keep(lastListedDeadLetter: 1_000)
        #expect(try await ledger.lastListedDeadLetter() == 0)
        for message in try await ledger.walk() {
            guard case .settle(var settlement) = message.failed("64016").judgement else { continue }
            settlement.isListed = true
            _ = try await ledger.commit([Decision(message, .settle(settlement))], at: now)
        }
        let past = try await ledger.lastListedDeadLetter()
        #expect(past == 2)
    }

    // MARK: Errands

    @Test(
        "an errand is open until it is ended, and its result there until it is forgotten",
        arguments: ReportImplementation.allCases)
    func errands(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        let ask = Errand.ask([MessageKey("a\tb"), MessageKey("c\r\nd")])
        let verify = Errand.verify(now - .days(1)..<now)
        let first = try await ledger.begin(ask, at: now)
        let second = try await ledger.begin(verify, at: now)
        #expect(try await ledger.openErrands(.ask, limit: 10).map(\.errand) == [ask])
        #expect(try await ledger.openErrands(.verify, limit: 10).map(\.id) == [second])
        #expect(try await ledger.result(of: first) == nil)
        let result = ErrandResult.asked([AskedMessage(MessageKey("a\tb"), .unanswered("HTTP 503"))])
        try await ledger.end(first, with: result, at: now)
        #expect(try await ledger.openErrands(.ask, limit: 10).isEmpty)
        #expect(try await ledger.result(of: first) == result)
        try await ledger.forget(first)
        await #expect(throws: LedgerError.self) { try await ledger.result(of: first) }
        #expect(try await ledger.result(of: second) == nil)
    }

    @Test("errands are done in their order, some at a time", arguments: ReportImplementation.allCases)
    func errandsInOrder(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        defer { withExtendedLifetime(subject) {} }
        let ledger = subject.ledger
        var begun: [ErrandID] = []
        for index in 0..<5 { begun.append(try await ledger.begin(.ask([MessageKey("k\(index)")]), at: now)) }
        #expect(try await ledger.openErrands(.ask, limit: 3).map(\.id) == Array(begun.prefix(3)))
        try await ledger.end(begun[0], with: .asked([]), at: now)
        #expect(try await ledger.openErrands(.ask, limit: 3).map(\.id) == Array(begun[1...3]))
    }
}

import Engine
import Reconciliation
import Support
import Testing

/// What every ledger of reports must do (`ReportLedger`).
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
            kept: KeptReports(entries, isMatched: matched, receivedAt: receivedAt, tries: tries, tryAt: tryAt))
    }

    private func known(_ subject: any ContractSubject, _ key: String) async throws -> ReportedMessage {
        try #require(try await subject.ledger.reported([MessageKey(key)]).first)
    }

    @Test(arguments: ReportImplementation.allCases)
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
        #expect(again.applied.isEmpty && again.settledElsewhere.map(\.text) == ["a"])
        #expect(await subject.status("a") == .deadLetter)
    }

    @Test(arguments: ReportImplementation.allCases)
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
        #expect(found.allSatisfy { $0.kept == nil && $0.message?.tracking ?? Tracking() == Tracking() })
        #expect(try await subject.ledger.reported([]).isEmpty)
    }

    @Test(arguments: ReportImplementation.allCases)
    func whatIsKnownFromAskingComesWithTheMessage(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await known(subject, "a").message)
        let tracking = Tracking(answers: 2, wasAnswered: true, lastCode: ReportCode("63005"), failures: 1)
        _ = try await subject.ledger.commit([Decision(message, .wait(until: now, tracking))], at: now)
        #expect(try await known(subject, "a").message?.tracking == tracking)
    }

    @Test(arguments: ReportImplementation.allCases)
    func aDeadLetterPutBackByHandStartsAnew(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        let message = try #require(try await known(subject, "a").message)
        _ = try await subject.ledger.commit([message.open()], at: now)
        #expect(try await known(subject, "a").message?.tracking.reason == .stale)
        await subject.set("a", .pending)
        #expect(try await known(subject, "a").message?.tracking == Tracking())
    }

    @Test(arguments: ReportImplementation.allCases)
    func aDecisionAndWhatIsKeptAreMadeTrueTogether(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        let message = try #require(try await known(subject, "a").message)
        let result = try await subject.ledger.apply(
            [
                ReportDecision(message.key, message.delivered(), kept: nil),
                kept("b", "64016", "63005", tryAt: now + .minutes(1)),
            ], at: now)
        #expect(result.applied.map(\.key.text) == ["a"])
        #expect(await subject.status("a") == .sent)
        let stranger = try await known(subject, "b")
        #expect(stranger.message == nil)
        #expect(stranger.kept == kept("b", "64016", "63005", tryAt: now + .minutes(1)).kept)
    }

    @Test(arguments: ReportImplementation.allCases)
    func whatIsKeptReplacesWhatWasKept(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for decision in [kept("a", "64016", "23001", "22003"), kept("a", "10000", matched: true, tries: 3)] {
            for _ in 1...2 { _ = try await subject.ledger.apply([decision], at: now) }
            #expect(try await known(subject, "a").kept?.entries.count == decision.kept?.entries.count)
            #expect(try await known(subject, "a").kept?.tries == decision.kept?.tries)
            #expect(try await known(subject, "a").kept?.isMatched == decision.kept?.isMatched)
        }
        _ = try await subject.ledger.apply([ReportDecision(MessageKey("a"), nil, kept: nil)], at: now)
        #expect(try await known(subject, "a").kept == nil)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).isEmpty)
    }

    @Test(arguments: ReportImplementation.allCases)
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
        #expect(due[0].message?.status == .pending && due[1].message == nil)
        #expect(due[0].kept?.entries.count == 2)
        let first = try await subject.ledger.reportsToRetry(at: now, limit: 2)
        #expect((1...2).contains(first.count) && first[0].key.text == "b")
        let position = ReportPosition(tryAt: now - .hours(1), key: MessageKey("d"))
        let rest = try await subject.ledger.reportsToRetry(past: position, at: now, limit: 10)
        #expect(rest.map(\.key.text) == ["a"])
    }

    @Test(arguments: ReportImplementation.allCases)
    func aResultOfSomebodyElseIsNotOverwrittenByAReport(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        await subject.add("b", .pending, acceptedAt: now)
        let found = try await subject.ledger.reported([MessageKey("a"), MessageKey("b")]).compactMap(\.message)
        await subject.set("a", .sent)
        await subject.set("b", .deadLetter)
        let result = try await subject.ledger.apply(
            [
                ReportDecision(found[0].key, found[0].failed("64016"), kept: nil),
                ReportDecision(found[1].key, found[1].delivered(), kept: nil),
            ], at: now)
        #expect(result.settledElsewhere.map(\.text) == ["a"])
        #expect(result.applied.map(\.isLate) == [true])
        #expect(await subject.status("a") == .sent)
        #expect(await subject.status("b") == .sent)
    }

    @Test(arguments: ReportImplementation.allCases)
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

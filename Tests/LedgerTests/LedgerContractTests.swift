import Engine
import Reconciliation
import Support
import Testing

/// What every ledger must do (`Ledger`).
@Suite struct LedgerContractTests {
    @Test("pending messages are due once they have been left alone", arguments: Implementation.allCases)
    func pendingMessagesAreDueOnceTheyHaveBeenLeftAlone(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("old", .pending, acceptedAt: now - .hours(1))
        await subject.add("exactly", .pending, acceptedAt: now - .minutes(10))
        await subject.add("young", .pending, acceptedAt: now - .minutes(9))
        await subject.add("sent", .sent, acceptedAt: now - .hours(1))
        await subject.add("dead", .deadLetter, acceptedAt: now - .hours(1))
        await subject.add("other", .other, acceptedAt: now - .hours(1))
        await subject.add(nil, .pending, acceptedAt: now - .hours(1))
        let due = try await subject.ledger.walk()
        #expect(Set(due.map(\.key.text)) == ["old", "exactly"])
        #expect(due.allSatisfy { $0.status == .pending })
        #expect(due.allSatisfy { $0.tracking == Tracking() })
        #expect(due.first { $0.key.text == "old" }?.acceptedAt == now - .hours(1))
    }

    @Test("what seems to be accepted far in the future is told, and not due", arguments: Implementation.allCases)
    func whatSeemsToBeAcceptedFarInTheFutureIsToldAndNotDue(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for number in 1...5 { await subject.add("far\(number)", .pending, acceptedAt: now + .days(2)) }
        await subject.add("tomorrow", .pending, acceptedAt: now + .days(1))
        await subject.add("sent", .sent, acceptedAt: now + .days(2))
        await subject.add(nil, .pending, acceptedAt: now + .days(2))
        await subject.add("due", .pending, acceptedAt: now - .days(1))
        let page = try await subject.ledger.due(from: DueCursor(), at: now, limit: 10)
        #expect(page.messages.map(\.key.text) == ["due"])
        #expect(page.next == nil)
        #expect(page.farAhead.count == 5)
        #expect(page.farAhead.examples.count == 3)
        #expect(page.farAhead.examples.allSatisfy { $0.text.hasPrefix("far") })
        #expect(try await subject.ledger.due(from: DueCursor(), at: now + .days(1), limit: 10).farAhead.count == 0)
    }

    @Test("nothing is due in an empty table", arguments: Implementation.allCases)
    func nothingIsDueInAnEmptyTable(_ implementation: Implementation) async throws {
        let page = try await implementation.make().ledger.due(from: DueCursor(), at: now, limit: 10)
        #expect(page == DuePage(messages: [], next: nil))
    }

    @Test("a delivered message becomes sent and is never due again", arguments: Implementation.allCases)
    func aDeliveredMessageBecomesSentAndIsNeverDueAgain(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        let result = try await subject.ledger.commit([message.delivered()], at: now)
        #expect(result.applied.map(\.key.text) == ["a"])
        #expect(result.settledElsewhere.isEmpty)
        #expect(await subject.status("a") == .sent)
        #expect(try await subject.ledger.walk(at: now + .days(1)).isEmpty)
    }

    @Test("a message without report is asked again later", arguments: Implementation.allCases)
    func aMessageWithoutReportIsAskedAgainLater(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        let result = try await subject.ledger.commit([message.open()], at: now)
        #expect(result.applied.isEmpty)
        #expect(result.settledElsewhere.isEmpty)
        #expect(result.refusals.isEmpty)
        #expect(await subject.status("a") == .pending)
        #expect(try await subject.ledger.walk(at: now + .minutes(9)).isEmpty)
        let again = try #require(try await subject.ledger.dueMessage("a", at: now + .minutes(10)))
        #expect(again.tracking == Tracking(answers: 1, wasAnswered: true))
        #expect(again.acceptedAt == now - .hours(1))
        #expect(again.row == message.row)
    }

    @Test("a stale dead letter is watched and can still become sent", arguments: Implementation.allCases)
    func aStaleDeadLetterIsWatchedAndCanStillBecomeSent(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        let stale = try await subject.ledger.commit([message.open()], at: now)
        #expect(stale.applied.map(\.reason) == [.stale])
        #expect(await subject.status("a") == .deadLetter)
        #expect(try await subject.ledger.walk(at: now + .hours(23)).isEmpty)

        let tomorrow = now + .days(1)
        let watched = try #require(try await subject.ledger.dueMessage("a", at: tomorrow))
        #expect(watched.status == .deadLetter)
        #expect(watched.tracking.reason == .stale)
        let late = try await subject.ledger.commit([watched.delivered(at: tomorrow)], at: tomorrow)
        #expect(late.applied.map(\.isLate) == [true])
        #expect(await subject.status("a") == .sent)
        #expect(try await subject.ledger.walk(at: now + .days(9)).isEmpty)
    }

    @Test("a stale dead letter whose failure is reported is watched no more", arguments: Implementation.allCases)
    func aStaleDeadLetterWhoseFailureIsReportedIsWatchedNoMore(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        _ = try await subject.ledger.commit([message.open()], at: now)
        let watched = try #require(try await subject.ledger.dueMessage("a", at: now + .days(1)))
        let told = try await subject.ledger.commit([watched.failed("64016")], at: now + .days(1))
        #expect(told.applied.map(\.reason) == [.reported])
        #expect(told.applied.map(\.isLate) == [false])
        #expect(await subject.status("a") == .deadLetter)
        #expect(try await subject.ledger.walk(at: now + .days(9)).isEmpty)
    }

    @Test(
        "a watched dead letter without news is watched on until its window closes", arguments: Implementation.allCases)
    func aWatchedDeadLetterWithoutNewsIsWatchedOnUntilItsWindowCloses(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        var time = now
        var asked = 0
        while let message = try await subject.ledger.dueMessage("a", at: time) {
            _ = try await subject.ledger.commit([message.open(at: time)], at: time)
            asked += 1
            time = time + .days(1)
        }
        #expect(asked == 27)
        #expect(await subject.status("a") == .deadLetter)
    }

    @Test(
        "a result of somebody else's is not overwritten", arguments: Implementation.allCases,
        [RowStatus.sent, .deadLetter, .other])
    func aResultOfSomebodyElseIsNotOverwritten(_ implementation: Implementation, theirs: RowStatus) async throws {
        let subject = try implementation.make()
        for key in ["failed", "stale", "waiting"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        let due = try await subject.ledger.walk()
        for key in ["failed", "stale", "waiting"] { await subject.set(key, theirs) }
        let decisions = due.map { message in
            switch message.key.text {
            case "failed": message.failed("64016")
            case "stale": message.open()
            default: Decision(message, .wait(until: now + .hours(1), message.tracking))
            }
        }
        let result = try await subject.ledger.commit(decisions, at: now)
        #expect(result.applied.isEmpty)
        #expect(Set(result.settledElsewhere.map(\.text)) == ["failed", "stale", "waiting"])
        for key in ["failed", "stale", "waiting"] { #expect(await subject.status(key) == theirs) }
        #expect(try await subject.ledger.walk(at: now + .days(2)).isEmpty)
    }

    @Test("evidence of delivery turns somebody's dead letter into sent", arguments: Implementation.allCases)
    func evidenceOfDeliveryTurnsSomebodysDeadLetterIntoSent(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        await subject.set("a", .deadLetter)
        let result = try await subject.ledger.commit([message.delivered()], at: now)
        #expect(result.applied.map(\.isLate) == [true])
        #expect(result.applied.map(\.from) == [.deadLetter])
        #expect(await subject.status("a") == .sent)
    }

    @Test("a row that is gone is nobody's business any more", arguments: Implementation.allCases)
    func aRowThatIsGoneIsNobodysBusinessAnyMore(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        await subject.add("b", .pending, acceptedAt: now - .hours(1))
        let due = try await subject.ledger.walk()
        await subject.remove("a")
        await subject.remove("b")
        let decisions = due.map { $0.key.text == "a" ? $0.delivered() : $0.open() }
        let result = try await subject.ledger.commit(decisions, at: now)
        #expect(Set(result.settledElsewhere.map(\.text)) == ["a", "b"])
        #expect(try await subject.ledger.walk(at: now + .days(1)).isEmpty)
    }

    @Test("a tracked message that somebody settles is due no more", arguments: Implementation.allCases)
    func aTrackedMessageThatSomebodySettlesIsDueNoMore(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        _ = try await subject.ledger.commit([message.open()], at: now)
        await subject.set("a", .sent)
        #expect(try await subject.ledger.walk(at: now + .hours(1)).isEmpty)
    }

    @Test("a dead letter set back by hand is due at once, and starts anew", arguments: Implementation.allCases)
    func aDeadLetterSetBackByHandIsDueAtOnceAndStartsAnew(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["reported", "stale"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        let due = try await subject.ledger.walk()
        _ = try await subject.ledger.commit(
            due.map { $0.key.text == "stale" ? $0.open() : $0.failed("64016") }, at: now)
        for key in ["reported", "stale"] { await subject.set(key, .pending) }
        for time in [now, now + .days(2)] {
            let again = try await subject.ledger.walk(at: time)
            #expect(again.map(\.key.text).sorted() == ["reported", "stale"])
            #expect(again.allSatisfy { $0.tracking == Tracking() })
            #expect(again.allSatisfy { $0.status == .pending })
        }
        let again = try await subject.ledger.walk()
        _ = try await subject.ledger.commit(again.map { $0.delivered() }, at: now)
        #expect(await subject.status("stale") == .sent)
        #expect(await subject.status("reported") == .sent)
    }

    @Test("only a dead letter that was given up is told more precisely", arguments: Implementation.allCases)
    func onlyADeadLetterThatWasGivenUpIsToldMorePrecisely(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .days(4))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        _ = try await subject.ledger.commit([message.open()], at: now)
        let watched = try #require(try await subject.ledger.dueMessage("a", at: now + .days(1)))
        _ = try await subject.ledger.commit([watched.failed("64016")], at: now + .days(1))
        let again = try await subject.ledger.commit([watched.failed("63001")], at: now + .days(1))
        #expect(again.applied.isEmpty)
        #expect(again.settledElsewhere.map(\.text) == ["a"])
    }

    @Test("a decision taken twice takes effect once", arguments: Implementation.allCases)
    func aDecisionTakenTwiceTakesEffectOnce(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await subject.ledger.dueMessage("a"))
        let result = try await subject.ledger.commit([message.failed("64016"), message.failed("64016")], at: now)
        #expect(result.applied.count == 1)
        #expect(result.settledElsewhere.map(\.text) == ["a"])
    }

    @Test("of many decisions in one commit each has its own effect", arguments: Implementation.allCases)
    func ofManyDecisionsInOneCommitEachHasItsOwnEffect(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        let fates = ["delivered", "failed", "waits", "settled", "removed"]
        let keys = (0..<95).map { "\(fates[$0 % fates.count])-\($0)" }
        for key in keys { await subject.add(key, .pending, acceptedAt: now - .hours(1)) }
        let due = try await subject.ledger.walk().sorted { $0.key.text < $1.key.text }
        for key in keys where key.hasPrefix("settled") { await subject.set(key, .sent) }
        for key in keys where key.hasPrefix("removed") { await subject.remove(key) }
        let result = try await subject.ledger.commit(
            due.map { message in
                switch message.key.text.prefix(while: \.isLetter) {
                case "failed": message.failed("64016")
                case "waits": message.open()
                default: message.delivered()
                }
            }, at: now)
        #expect(result.applied.count == 2 * 19)
        #expect(result.settledElsewhere.count == 2 * 19)
        for key in keys {
            let wanted: [Substring: RowStatus] = [
                "delivered": .sent, "failed": .deadLetter, "waits": .pending, "settled": .sent,
            ]
            #expect(await subject.status(key) == wanted[key.prefix(while: \.isLetter)])
        }
        let again = try await subject.ledger.walk(at: now + .hours(1)).map(\.key.text).sorted()
        #expect(again == keys.filter { $0.hasPrefix("waits") }.sorted())
        // The one without a file keeps no audit.
        guard implementation != .inMemory else { return }
        let traces = try await subject.ledger.traces(of: keys.map(MessageKey.init)).map(\.text).sorted()
        #expect(traces == keys.filter { !$0.hasPrefix("settled") && !$0.hasPrefix("removed") }.sorted())
    }

    @Test("the provider's health is remembered", arguments: Implementation.allCases)
    func theProvidersHealthIsRemembered(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        #expect(try await subject.ledger.providerHealth() == nil)
        let health = ProviderHealth(state: .refused, since: now - .hours(2), detail: "service A801", cause: .polling)
        let cycle = CycleRecord(startedAt: now, duration: .milliseconds(1500), result: .failed, health: health)
        try await subject.ledger.finish(cycle, at: now)
        #expect(try await subject.ledger.providerHealth() == health)
        try await subject.ledger.probe()
    }
}

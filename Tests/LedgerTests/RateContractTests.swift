import Engine
import Reconciliation
import Testing

/// What every ledger counts of outcomes and of reports' delays.
@Suite struct RateContractTests {
    private func outcomes(_ delivered: Int, _ failures: [ReportClass: Int] = [:], givenUp: Int = 0) -> OutcomeCounts {
        var counts = OutcomeCounts()
        counts.add(.delivered, delivered)
        for (meaning, count) in failures { counts.add(.failed(meaning), count) }
        counts.add(.givenUp, givenUp)
        return counts
    }

    @Test("every settlement counts, whoever made it, when it was made", arguments: Implementation.allCases)
    func outcomes(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["delivered", "failed", "refused", "polled", "theirs", "theirs too", "open"] {
            await subject.add(key, .pending, acceptedAt: now - .minutes(30))
        }
        await subject.add("stale", .pending, acceptedAt: now - .days(4))
        await subject.add(nil, .sent, acceptedAt: now - .minutes(30))
        let decisions = try await subject.ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "delivered": message.delivered()
            case "failed": message.failed("64016")
            case "refused": message.failed("64008")
            case "polled": Decision(message, message.delivered().judgement.byReport(.polling))
            case "stale": message.open()
            default: nil
            }
        }
        _ = try await subject.ledger.commit(decisions, at: now)
        await subject.settle("theirs", .sent, at: now - .minutes(20))
        await subject.settle("theirs too", .deadLetter, at: now - .minutes(20))
        let meaning = try #require(ReportCode("64016")?.meaning)
        let all = outcomes(3, [meaning: 1, .account: 1, .unknown: 1], givenUp: 1)
        let counted = implementation.grows ? all : OutcomeCounts()
        #expect(try await subject.ledger.outcomes(since: now - .hours(1), until: now) == counted)
        #expect(
            try await subject.ledger.outcomes(since: now + .hours(1), until: now + .hours(2)) == OutcomeCounts())
        #expect(all.settled == 7)
    }

    @Test(
        "a late delivery is settled once more, and what is only told more precisely is not",
        arguments: Implementation.allCases)
    func again(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        for key in ["late", "told"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        let stale = try await subject.ledger.walk().map { $0.open() }
        _ = try await subject.ledger.commit(stale, at: now)
        let next = now + .days(1)
        let known = try await subject.ledger.walk(at: next).map {
            $0.key.text == "late" ? $0.delivered(at: next) : $0.failed("64008", at: next)
        }
        #expect(try await subject.ledger.commit(known, at: next).applied.count == 2)
        guard implementation.grows else { return }
        #expect(try await subject.ledger.outcomes(since: now - .hours(1), until: now) == outcomes(0, givenUp: 2))
        #expect(try await subject.ledger.outcomes(since: next - .hours(1), until: next) == outcomes(1))
    }

    @Test("a report counts at its own time, whenever it is learnt", arguments: Implementation.allCases)
    func delays(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        let accepted = now - .days(2)
        for key in ["quick", "slow"] { await subject.add(key, .pending, acceptedAt: accepted) }
        let decisions = try await subject.ledger.walk().map {
            $0.key.text == "quick"
                ? $0.delivered(at: accepted + .seconds(3)) : $0.failed("64016", at: accepted + .minutes(50))
        }
        _ = try await subject.ledger.commit(decisions, at: now)
        let delays = try await subject.ledger.reportDelays(since: accepted, until: now)
        #expect(delays.counts == [3: 1, 3000: 1])
        #expect(
            try await subject.ledger.reportDelays(since: accepted + .minutes(20), until: now).counts == [3000: 1])
        #expect(try await subject.ledger.reportDelays(since: now - .days(1), until: now).total == 0)
    }

    @Test("a wrong clock, and a message that was given up, have no delay", arguments: Implementation.allCases)
    func wrongClocks(_ implementation: Implementation) async throws {
        let subject = try implementation.make()
        let accepted = now - .hours(1)
        for key in ["before", "ahead", "a little"] { await subject.add(key, .pending, acceptedAt: accepted) }
        await subject.add("stale", .pending, acceptedAt: now - .days(4))
        let decisions = try await subject.ledger.walk().map { message in
            switch message.key.text {
            case "before": message.delivered(at: accepted - .hours(9))
            case "ahead": message.delivered(at: now + .hours(9))
            case "a little": message.delivered(at: accepted - .seconds(5))
            default: message.open()
            }
        }
        #expect(try await subject.ledger.commit(decisions, at: now).applied.count == 4)
        #expect(try await subject.ledger.reportDelays(since: now - .days(7), until: now + .days(1)).counts == [0: 1])
    }
}

import Engine
import Reconciliation
import Support
import Testing

@EventLoop
@Suite struct ErrandDeskTests {
    private let stage = VerificationStage()

    private func begin(_ indices: Int...) async throws -> ErrandID {
        try await stage.ledger.begin(.ask(indices.map(stage.key)), at: stage.time.now)
    }

    private func answers(_ id: ErrandID) async throws -> [AskedMessage.Answer]? {
        guard case .asked(let messages)? = try await stage.ledger.result(of: id) else { return nil }
        return messages.map(\.answer)
    }

    private func work() async throws {
        let desk = stage.desk()
        try await stage.passing { await desk.workOnce() }
    }

    @Test("each message is asked about whatever its schedule, and settled by what is heard")
    func ask() async throws {
        let code = try #require(ReportCode("64008"))
        await stage.add(1, .pending, ["10000"], at: stage.time.now)
        await stage.add(2, .pending, ["64008"], at: stage.time.now)
        await stage.add(3, .pending, [nil])
        await stage.add(4, .sent, ["64008"])
        await stage.add(5, .deadLetter, ["64016", "10000"])
        let id = try await begin(1, 2, 3, 4, 5)
        try await work()
        #expect(try await answers(id) == [.delivered, .failed(code), .noReportYet, .failed(code), .delivered])
        for (index, status) in [(1, RowStatus.sent), (2, .deadLetter), (3, .pending), (4, .sent), (5, .sent)] {
            #expect(await stage.status(index) == status)
        }
        #expect(stage.changes > 0)
    }

    @Test("nothing is asked about rows that are none of the reconciler's, nor of those that there are not")
    func othersRows() async throws {
        await stage.add(1, .other, ["10000"])
        await stage.add(2, nil, ["10000"])
        let id = try await begin(1, 2)
        try await work()
        #expect(try await answers(id) == [.unanswered("not asked: its row is none of the reconciler's")])
        #expect(stage.provider.asked.isEmpty)
    }

    @Test("a provider that does not answer is told as that, and nothing is settled")
    func providerIsAway() async throws {
        await stage.add(1, .pending, ["10000"])
        await stage.add(2, .sent, ["10000"])
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        let id = try await begin(1, 2)
        try await work()
        let answers = try #require(try await answers(id))
        #expect(answers.count == 2)
        for answer in answers {
            guard case .unanswered = answer else { Issue.record("answered \(answer)"); continue }
        }
        #expect(await stage.status(1) == .pending)
    }

    @Test("who asks about a message does not wait for the end of a verification")
    func askBesideVerify() async throws {
        await stage.add(1, .pending, ["10000"])
        stage.provider.pages = (0..<500).map { stage.entries($0 + 10, [nil]) }
        let verify = try await stage.ledger.begin(
            .verify(stage.time.now - .seconds(86_400)..<stage.time.now), at: stage.time.now)
        let desk = stage.desk()
        desk.look()
        _ = await stage.time.advance { stage.provider.pagesAsked.count == 5 }
        let id = try await begin(1)
        desk.look()
        let begunAt = stage.time.uptime
        _ = await stage.time.advance { stage.provider.asked.count == 1 }
        await stage.time.untilIdle()
        #expect(try await answers(id) == [.delivered])
        #expect(stage.time.uptime - begunAt < .seconds(2))
        #expect(try await stage.ledger.result(of: verify) == nil)
        await desk.drain()
    }

    @Test("told to end in the middle it leaves the errand to the next process")
    func endedInTheMiddle() async throws {
        for index in 0..<50 { await stage.add(index, .pending, ["10000"]) }
        let id = try await stage.ledger.begin(.ask((0..<50).map(stage.key)), at: stage.time.now)
        let desk = stage.desk()
        desk.look()
        _ = await stage.time.advance { stage.provider.asked.count == 5 }
        await desk.drain()
        #expect(try await answers(id) == nil)
        desk.look()
        await stage.time.untilIdle()
        #expect(stage.provider.asked.count == 5)
        try await work()
        #expect(try await answers(id)?.count == 50)
        #expect(await stage.ledger.count(.sent) == 50)
        #expect(await stage.firing() == [:])
    }

    @Test("what is begun while it is at work is done as well")
    func news() async throws {
        for index in 0..<6 { await stage.add(index, .pending, ["10000"]) }
        let first = try await begin(0, 1, 2)
        let desk = stage.desk()
        desk.look()
        _ = await stage.time.advance { stage.provider.asked.count == 2 }
        let second = try await begin(3, 4, 5)
        desk.look()
        _ = await stage.time.advance { stage.provider.asked.count == 6 }
        await stage.time.untilIdle()
        #expect(try await answers(first)?.count == 3)
        #expect(try await answers(second)?.count == 3)
        await desk.drain()
    }

    @Test("a store that fails leaves it open, and it is done when that is over")
    func storeFails() async throws {
        await stage.add(1, .pending, ["10000"])
        let id = try await begin(1)
        await stage.ledger.failCommits(with: LedgerError(.full, "no room"))
        try await work()
        #expect(try await answers(id) == nil)
        #expect(!stage.log.events.isEmpty)
        await stage.ledger.failCommits(with: nil)
        try await work()
        #expect(try await answers(id) == [.delivered])
    }

    @Test("a verification that somebody asked for is as complete as the provider's answers")
    func verify() async throws {
        stage.provider.pages = [await stage.add(1, .sent, ["64008"])]
        let span = stage.time.now - .seconds(86_400)..<stage.time.now
        let id = try await stage.ledger.begin(.verify(span), at: stage.time.now)
        try await work()
        guard case .verified(let verified)? = try await stage.ledger.result(of: id) else {
            Issue.record("not done")
            return
        }
        #expect(verified.checked == 1)
        #expect(verified.requests == 2)
        #expect(verified.isComplete)
        #expect(verified.found == 1)
        #expect(verified.listed.map(\.key) == [stage.key(1)])
        stage.provider.historyFault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        let next = try await stage.ledger.begin(.verify(span), at: stage.time.now)
        try await work()
        let expected = VerifiedSpan(checked: 0, requests: 1, isComplete: false, found: 0, listed: [])
        #expect(try await stage.ledger.result(of: next) == .verified(expected))
    }
}

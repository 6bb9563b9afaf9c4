import Engine
import Reconciliation
import Support
import Testing

@EventLoop
@Suite struct VerifierTests {
    private let stage = VerificationStage()

    // MARK: What differs

    @Test("each difference is confirmed by the message's own channels, told, counted and kept")
    func differences() async throws {
        stage.provider.pages = [
            await stage.add(1, .sent, ["64008"]) + stage.add(2, .sent, ["10000"]) + stage.add(3, nil, ["10000"])
                + stage.add(4, .deadLetter, ["64016", "10000"]) + stage.add(5, .pending, ["10000"])
                + stage.add(6, .sent, ["64016", nil])
        ]
        let result = try await stage.verify()
        #expect(result.checked == 6)
        #expect(result.agreeing == 1)
        #expect(result.found == [.falseSent: 1, .missingRow: 1, .healed: 1])
        #expect(result.questions == [.history: 1, .messageStatus: 2])
        #expect(!result.isIncomplete)
        #expect(await stage.firing() == [.falseSent: 1, .missingRows: 1, .lateReports: 1])
        #expect(stage.meter.verified == [.agrees: 1, .falseSent: 1, .missingRow: 1, .healed: 1])
        #expect(await stage.ledger.noted.count == 3)
        #expect(await stage.status(1) == .sent)
        #expect(await stage.status(4) == .sent)
        #expect(await stage.status(5) == .pending)
        #expect(stage.changes > 0)
        #expect(stage.log.names.contains("verify.completed"))
    }

    @Test("what a listing hides of a message is no difference")
    func hidden() async throws {
        await stage.add(1, .sent, ["64016", "10000"])
        stage.provider.pages = [stage.entries(1, ["64016"])]
        #expect(try await stage.verify().found == [:])
        #expect(stage.asked == [stage.key(1)])
    }

    @Test("of many a few are asked about; where all of them are as listed, so are the others")
    func sample() async throws {
        var page: [ReportEntry] = []
        for index in 0..<100 { page += await stage.add(index, .sent, ["64008"]) }
        stage.provider.pages = [page]
        #expect(try await stage.verify().found == [.falseSent: 100])
        #expect(stage.asked.count == 20)
        #expect(await stage.firing() == [.falseSent: 100])
    }

    @Test("where one of them is not, only those asked about are told")
    func sampleThatDisagrees() async throws {
        var page: [ReportEntry] = []
        for index in 0..<100 {
            await stage.add(index, .sent, index % 2 == 0 ? ["64008"] : ["64008", "10000"])
            page += stage.entries(index, ["64008"])
        }
        stage.provider.pages = [page]
        let found = try await stage.verify().count(.falseSent)
        #expect((1..<20).contains(found))
        #expect(await stage.firing() == [.falseSent: found])
    }

    @Test("the channels of a message on two pages are one message")
    func onTwoPages() async throws {
        for (index, codes) in [(1, ["64016", "10000"]), (2, ["64016", nil])] { await stage.add(index, .sent, codes) }
        let channels = [1, 2].map { stage.provider.channels[stage.key($0)] ?? [] }
        for pages in [[0, 1], [1, 0]] {
            stage.provider.pages = pages.map { page in channels.map { $0[page] } }
            let result = try await stage.verify()
            #expect(result.found == [:])
            #expect(result.checked == 2)
        }
        #expect(stage.asked.isEmpty)
    }

    @Test("a page that comes again tells nothing anew")
    func samePageAgain() async throws {
        let page = await stage.add(1, .sent, ["64008"]) + stage.add(2, .deadLetter, ["10000"])
        stage.provider.pages = [page, page, page]
        let result = try await stage.verify()
        #expect(result.count(.healed) == 1)
        #expect(result.count(.falseSent) == 1)
        #expect(await stage.firing() == [.falseSent: 1, .lateReports: 1])
    }

    @Test("found again it is listed again, and counts no more for the alert")
    func foundAgain() async throws {
        stage.provider.pages = [await stage.add(1, .sent, ["64008"])]
        for _ in 0..<3 { #expect(try await stage.verify().found == [.falseSent: 1]) }
        #expect(await stage.firing() == [.falseSent: 1])
        #expect(stage.asked.count == 1)
    }

    @Test("without an index on the keys no listing is asked for")
    func withoutIndex() async throws {
        await stage.ledger.losesKeys()
        stage.provider.pages = [await stage.add(1, .sent, ["64008"])]
        #expect(try await stage.verify().requests == 0)
        let verifier = stage.verifier()
        _ = try await stage.passing { try await verifier.look() }
        #expect(stage.provider.pagesAsked.isEmpty)
        #expect(stage.provider.statisticsAsked.count == 1)
    }

    // MARK: Healing

    @Test("what is healed counts once, whoever looks how often")
    func healedOnce() async throws {
        stage.provider.pages = [await stage.add(1, .deadLetter, ["10000"])]
        let (one, other) = (stage.verifier(), stage.verifier())
        // Tokens for both at the same time.
        stage.time.advance(by: .seconds(10))
        let span = stage.time.now - .seconds(86_400)..<stage.time.now
        let results = try await stage.passing {
            async let first = one.verify(span)
            async let second = other.verify(span)
            return try await [first, second]
        }
        #expect(results.reduce(0) { $0 + $1.count(.healed) } == 1)
        #expect(await stage.firing() == [.lateReports: 1])
        #expect(stage.meter.verified[.healed] == 1)
    }

    @Test("a row that the table refuses to have changed stays, and the others are healed")
    func refusedRow() async throws {
        var page: [ReportEntry] = []
        for index in 0..<5 { page += await stage.add(index, .deadLetter, ["10000"]) }
        stage.provider.pages = [page]
        await stage.ledger.refuse([stage.key(2)])
        #expect(try await stage.verify().found == [.healed: 4])
        #expect(await stage.status(2) == .deadLetter)
        #expect(try await stage.ledger.refusals()?.count == 1)
        #expect(await stage.firing() == [.lateReports: 4])
        await stage.ledger.refuse([])
        #expect(try await stage.verify().found == [.healed: 1])
    }

    // MARK: A provider that fails

    @Test("one that fails in the middle: what was heard counts, and it is not complete")
    func failsInTheMiddle() async throws {
        stage.provider.pages = [
            await stage.add(1, .deadLetter, ["10000"]), await stage.add(2, .deadLetter, ["10000"]),
            await stage.add(3, .deadLetter, ["10000"]),
        ]
        stage.provider.historyFault = { $0.cursor == 2 ? QuestionFailure(.unreachable, "HTTP 503") : nil }
        let result = try await stage.verify()
        #expect(result.found == [.healed: 2])
        #expect(result.isIncomplete)
        #expect(stage.log.names.contains("verify.incomplete"))
        #expect(stage.client.health.state == .ok)
    }

    @Test("a message that it has nothing to say of does not make the rest incomplete")
    func rejectedMessage() async throws {
        stage.provider.pages = [await stage.add(1, .sent, ["64008"]) + stage.add(2, .sent, ["64008"])]
        for kind in [QuestionFailure.Kind.rejected, .nonsense] {
            stage.provider.fault = { [stage] in $0.key == stage.key(1) ? QuestionFailure(kind, "no") : nil }
            #expect(try await stage.verify().isIncomplete == false)
        }
        stage.provider.fault = { [stage] in $0.key == stage.key(1) ? QuestionFailure(.unreachable, "503") : nil }
        #expect(try await stage.verify().isIncomplete)
        #expect(await stage.firing() == [.falseSent: 1])
    }

    @Test("a store that fails in the middle is an error, and what was noted stays")
    func storeFails() async throws {
        stage.provider.pages = [await stage.add(1, .deadLetter, ["10000"]), await stage.add(2, .deadLetter, ["10000"])]
        stage.provider.historyFault = { [stage] question in
            if question.cursor == 1 {
                EventLoop.task { await stage.ledger.failCommits(with: LedgerError(.full, "no room")) }
            }
            return nil
        }
        await #expect(throws: LedgerError.self) { try await stage.verify() }
        #expect(await stage.status(1) == .sent)
        #expect(await stage.status(2) == .deadLetter)
        #expect(stage.changes > 0)
        await stage.ledger.failCommits(with: nil)
        stage.provider.historyFault = nil
        #expect(try await stage.verify().found == [.healed: 1])
    }

    // MARK: What listings gave up

    private func verifyDay() async throws -> VerificationResult {
        let verifier = stage.verifier()
        let day = stage.yesterday
        return try await stage.passing { try await verifier.verifyDay(day) }
    }

    @Test("dead letters that a listing made are asked about, once, and those that were delivered healed")
    func listedDeadLetters() async throws {
        for index in 0..<10 { await stage.add(index, .deadLetter, index == 3 ? ["64016", "10000"] : ["64016"]) }
        await stage.ledger.list((0..<10).map(stage.key))
        #expect(try await verifyDay().found == [.healed: 1])
        #expect(await stage.status(3) == .sent)
        #expect(await stage.firing() == [.lateReports: 1])
        let asked = stage.provider.asked.count
        #expect(try await verifyDay().found == [:])
        #expect(stage.provider.asked.count == asked)
        #expect(await stage.ledger.lastListedDeadLetter() == 10)
    }

    @Test("one that the provider has no answer about keeps none of the others from being asked about")
    func poisonedMessage() async throws {
        for index in 0..<5 { await stage.add(index * 1000, .deadLetter, index == 4 ? ["10000"] : ["64016"]) }
        await stage.ledger.list((0..<5).map { stage.key($0 * 1000) })
        for kind in [QuestionFailure.Kind.rejected, .nonsense] {
            stage.provider.fault = { [stage] in $0.key == stage.key(0) ? QuestionFailure(kind, "no") : nil }
            let result = try await verifyDay()
            #expect(result.isIncomplete == false)
        }
        #expect(await stage.status(4000) == .sent)
        #expect(await stage.ledger.lastListedDeadLetter() == 5)
    }

    @Test("those that could not be asked about are tried another night")
    func notAsked() async throws {
        for index in 0..<300 { await stage.add(index * 1000, .deadLetter, ["64016"]) }
        await stage.ledger.list((0..<300).map { stage.key($0 * 1000) })
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        #expect(try await verifyDay().isIncomplete)
        #expect(await stage.ledger.lastListedDeadLetter() == 0)
        #expect(stage.provider.asked.count < 100)
    }

    // MARK: The account

    private func look(senders: [SenderKey] = []) async throws {
        let verifier = stage.verifier(senders: senders)
        _ = try await stage.passing { try await verifier.look() }
    }

    private func day(_ number: Int, delivered: Int, failed: Int) -> DailyStatistics {
        let total = delivered + failed
        return DailyStatistics(
            day: KoreanDay(stage.time.now).advanced(by: number),
            received: .init(total: total, succeeded: total, failed: 0),
            reported: .init(total: total, succeeded: delivered, failed: failed))
    }

    @Test("a look asks for the statistics of two days, and for one page")
    func lookAsks() async throws {
        stage.provider.days = [day(-1, delivered: 29, failed: 1), day(0, delivered: 0, failed: 300)]
        try await look()
        let today = KoreanDay(stage.time.now)
        #expect(stage.provider.statisticsAsked == [StatisticsQuestion(days: today.advanced(by: -1)...today)])
        #expect(stage.provider.pagesAsked.count == 1)
        let moment = try #require(stage.provider.pagesAsked.first?.requestTime)
        #expect(moment <= stage.time.now - Policy().after)
        #expect(moment >= stage.time.now - Policy().after - .seconds(86_401))
        #expect(await stage.firing() == [.deliveryCollapse: 1])
    }

    @Test("statistics that fail change nothing, and the rest is looked at all the same")
    func statisticsFail() async throws {
        stage.provider.days = [day(0, delivered: 0, failed: 300)]
        try await look()
        stage.provider.days = nil
        stage.provider.accountFault = QuestionFailure(.unreachable, "HTTP 503")
        try await look()
        #expect(await stage.firing() == [.deliveryCollapse: 1])
        #expect(stage.provider.pagesAsked.count == 2)
        #expect(stage.log.names.contains("verify.incomplete"))
    }

    @Test("senders in trouble are told, each; unknown ones in the log; those that are looked at no more are over")
    func senders() async throws {
        let keys = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"].compactMap(SenderKey.init)
        stage.provider.senders = [
            keys[0]: SenderState(profile: SenderProfile(isBlocked: true), sanction: nil),
            keys[1]: SenderState(profile: SenderProfile(status: "A"), sanction: SenderSanction(reasonType: "BZM")),
        ]
        try await look(senders: keys)
        #expect(await stage.firing() == [.senderBlocked: 2])
        #expect(stage.log.names.contains("verify.unknown_sender"))
        stage.provider.accountFault = QuestionFailure(.unreachable, "HTTP 503")
        try await look(senders: keys)
        #expect(await stage.firing() == [.senderBlocked: 2])
        stage.provider.accountFault = nil
        try await look(senders: [keys[0]])
        stage.time.advance(by: .seconds(601))
        try await look(senders: [keys[0]])
        #expect(await stage.ledger.book.firing.map(\.identity) == [keys[0].identity])
    }
}

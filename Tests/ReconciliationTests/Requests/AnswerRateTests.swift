import Reconciliation
import Testing

/// When failures between answers are too many.
@Suite struct AnswerRateTests {
    var rate = AnswerRate()
    private let nonsense = QuestionFailure(.nonsense, "unreadable")

    /// Questions in this order: `a` answered, `f` failed; `!`: the endpoint counts as failing.
    private mutating func ask(_ outcomes: String, _ endpoint: Endpoint = .messageStatus) {
        for outcome in outcomes {
            switch outcome {
            case "a": rate.answered(endpoint)
            case "f": rate.failed(endpoint, nonsense)
            default: rate.countsAsFailing(endpoint)
            }
        }
        rate.judge()
    }

    @Test("every second one, in one pass or in two")
    mutating func half() {
        ask("fafafafafa")
        #expect(rate.isBad)
        #expect(rate.lastFailure?.endpoint == .messageStatus)
        rate = AnswerRate()
        ask("fafafa")
        #expect(!rate.isBad, "too few to tell")
        ask("fafafa")
        #expect(rate.isBad)
    }

    @Test("a single one says nothing, nor do a few among many")
    mutating func few() {
        ask("f")
        ask("fa")
        #expect(!rate.isBad)
        ask(String(repeating: "a", count: 20) + "fafafafafa")
        #expect(!rate.isBad)
    }

    @Test("a quarter of all questions, those that failed among them, is tolerated; a third is not")
    mutating func share() {
        ask(String(repeating: "a", count: 10) + "fafafafafa")
        #expect(!rate.isBad)
        ask("aaaaa" + "fafafafafa")
        #expect(rate.isBad)
    }

    @Test("an outage that was told is no rate: failures in a row are not counted, and leave nothing behind")
    mutating func outage() {
        ask("fffff!" + String(repeating: "f", count: 30))
        #expect(!rate.isBad)
        ask("aaaaa")
        #expect(!rate.isBad)
        ask("fffffa")
        #expect(rate.isBad, "of those that follow nobody was told")
    }

    @Test("each endpoint has rows of its own")
    mutating func rows() {
        for _ in 0..<5 {
            rate.failed(.messageStatus, nonsense)
            rate.answered(.reportInquiry)
        }
        rate.judge()
        #expect(!rate.isBad, "one that never answers is left to its breaker")
    }

    @Test("it is over when five or more were asked, and few of them failed")
    mutating func over() {
        ask("fafafafafa")
        ask("a")
        #expect(rate.isBad)
        ask("aaaa")
        #expect(!rate.isBad)
    }

    @Test("a no is its message's, and 429 is counted elsewhere")
    mutating func others() {
        for kind in [QuestionFailure.Kind.rejected, .rateLimited(retryAfter: nil), .lapsed] {
            for _ in 0..<10 {
                rate.failed(.messageStatus, QuestionFailure(kind, "scripted"))
                rate.answered(.messageStatus)
            }
            rate.judge()
            #expect(!rate.isBad)
        }
    }

    @Test("the keeper tells of it at the end of the pass, and no single answer ends it")
    func kept() {
        var gate = KeptGate()
        for _ in 0..<6 {
            gate.fail(.messageStatus, .nonsense)
            gate.keeper.questionEnded(.messageStatus, nonsense)
            gate.answer(.messageStatus)
            gate.keeper.questionEnded(.messageStatus, nil)
        }
        #expect(gate.keeper.health.state == .ok)
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .unavailable)
        #expect(gate.keeper.health.detail == "message_status: unreadable")
        #expect(gate.answer(.messageStatus) == .nothing)
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .nothing)
        #expect(gate.keeper.health.state == .unavailable)
        for _ in 0..<5 {
            gate.answer(.messageStatus)
            gate.keeper.questionEnded(.messageStatus, nil)
        }
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("many in a row are left to the breaker only where it has opened: connections that break fail many at once")
    func brokenTogether() {
        var gate = KeptGate()
        for round in 1...2 {
            // All questions of a time are tried thrice, and lost together each time: less than opens the breaker.
            for _ in 0..<3 {
                for _ in 0..<16 { gate.fail(.messageStatus, brokeConnection: true) }
                gate.now += .seconds(1)
            }
            for _ in 0..<16 { gate.keeper.questionEnded(.messageStatus, nonsense) }
            gate.answer(.messageStatus)
            gate.keeper.questionEnded(.messageStatus, nil)
            #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == (round == 1 ? .tell(isNews: true) : .nothing))
            #expect(gate.keeper.health.state == .unavailable)
        }
    }

    @Test("what the breaker has told is over with the first answer, and not told again")
    func outageIsOver() {
        var gate = KeptGate()
        for _ in 0..<8 {
            gate.fail(.messageStatus)
            gate.keeper.questionEnded(.messageStatus, nonsense)
        }
        #expect(gate.keeper.health.state == .unavailable)
        #expect(gate.answer(.messageStatus) == .tell(isNews: true))
        gate.keeper.questionEnded(.messageStatus, nil)
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .nothing)
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("nor is what the end of a pass has told")
    func passIsOver() {
        var gate = KeptGate()
        for _ in 0..<8 { gate.fail(.messageStatus, brokeConnection: true) }
        for _ in 0..<8 { gate.keeper.questionEnded(.messageStatus, nonsense) }
        #expect(gate.judge(.messageStatus) == .tell(isNews: true))
        #expect(gate.answer(.messageStatus) == .tell(isNews: true))
        gate.keeper.questionEnded(.messageStatus, nil)
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .nothing)
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("a shortcut that fails says nothing")
    func shortcut() {
        var gate = KeptGate()
        for _ in 0..<6 {
            gate.keeper.questionEnded(.requestStatus, nonsense)
            gate.keeper.questionEnded(.requestStatus, nil)
        }
        #expect(gate.keeper.judgeAnswers(at: KeptGate.time) == .nothing)
        #expect(gate.keeper.health.state == .ok)
    }
}

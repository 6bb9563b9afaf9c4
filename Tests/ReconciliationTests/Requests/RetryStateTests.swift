import Reconciliation
import Support
import Testing

/// How often one question is put.
@Suite struct RetryStateTests {
    /// What is said of each failure in turn.
    private func next(
        _ kinds: QuestionFailure.Kind..., at endpoint: Endpoint = .reportInquiry, isOpen: Bool = true
    ) -> [RetryState.Next] {
        var tries = RetryState(of: endpoint)
        var random = SeededGenerator(seed: 1)
        return kinds.map { tries.failed(QuestionFailure($0, "scripted"), isOpen: isOpen, random: &random) }
    }

    @Test("an unreachable provider is asked three times, with longer pauses")
    func unreachable() {
        let steps = next(.unreachable, .unreachable, .unreachable)
        guard case .pause(let first) = steps[0], case .pause(let second) = steps[1] else {
            Issue.record("\(steps)")
            return
        }
        #expect((Duration.milliseconds(375)...Duration.milliseconds(625)).contains(first))
        #expect((Duration.milliseconds(750)...Duration.milliseconds(1250)).contains(second))
        #expect(steps[2] == .giveUp)
    }

    @Test("or once, where that is enough")
    func once() {
        var tries = RetryState(of: .reportInquiry, most: 1)
        var random = SeededGenerator(seed: 1)
        let failure = QuestionFailure(.unreachable, "scripted")
        #expect(!tries.goOn(after: failure))
        #expect(tries.failed(failure, isOpen: true, random: &random) == .giveUp)
    }

    @Test("after 429 everybody waits in line, not only this question")
    func throttled() {
        #expect(next(.rateLimited(retryAfter: nil), .rateLimited(retryAfter: .seconds(3))) == [.again, .again])
    }

    @Test("who asks for tokens too often waits, unless he is told how long")
    func tokens() {
        #expect(next(.rateLimited(retryAfter: nil), at: .token) == [.giveUp])
        #expect(next(.rateLimited(retryAfter: .seconds(3)), at: .token) == [.again])
    }

    @Test("a lapse is put again, whether or not the endpoint is open, and is a failure the second time")
    func lapsed() {
        var tries = RetryState(of: .reportInquiry)
        var random = SeededGenerator(seed: 1)
        #expect(tries.mayLapse)
        let lapse = QuestionFailure(.lapsed, "HTTP 401")
        #expect(tries.failed(lapse, isOpen: false, random: &random) == .again)
        #expect(!tries.mayLapse)
    }

    @Test("a no is not asked twice", arguments: [QuestionFailure.Kind.refused, .nonsense, .rejected])
    func no(kind: QuestionFailure.Kind) {
        #expect(next(kind) == [.giveUp])
    }

    @Test("nor is an endpoint that is not to be asked any more")
    func closed() {
        #expect(next(.unreachable, isOpen: false) == [.giveUp])
    }
}

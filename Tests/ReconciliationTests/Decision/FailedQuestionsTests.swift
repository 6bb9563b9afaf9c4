import Reconciliation
import Support
import Testing

/// Who is to blame for a question that failed.
@Suite struct FailedQuestionsTests {
    private func message(_ key: String) -> DueMessage {
        DueMessage(
            key: MessageKey(key), row: RowLocator(1), status: .pending, acceptedAt: nil, tracking: Tracking())
    }

    private var unanswered: FailedQuestions {
        var unanswered = FailedQuestions()
        unanswered.add(message("rejected"), .rejected, .messageStatus)
        unanswered.add(message("nonsense"), .nonsense, .reportInquiry)
        unanswered.add(message("down"), .unreachable, .messageStatus)
        return unanswered
    }

    private func keys(_ entries: [FailedQuestions.Entry]) -> [String] { entries.map(\.message.key.text) }

    @Test("the message, where its endpoint has answered another question since")
    func blamed() {
        var unanswered = unanswered
        #expect(keys(unanswered.takeBlamed { $0 == .messageStatus }) == ["rejected", "down"])
        #expect(keys(unanswered.takeBlamed { _ in true }) == ["nonsense"])
        #expect(unanswered.isEmpty)
    }

    @Test("at the end also by a no that an endpoint said which answered others; not by silence")
    func rejected() {
        var unanswered = unanswered
        #expect(keys(unanswered.takeRejected { $0 == .messageStatus }) == ["rejected"])
        #expect(keys(unanswered.takeRejected { _ in true }) == ["nonsense"])
        #expect(!unanswered.isEmpty)
    }

    @Test("the rest pauses where somebody's message was answered, and else stays due")
    func paused() {
        var unanswered = unanswered
        #expect(unanswered.takePaused { $0 == .requestStatus || $0 == .history } == [])
        #expect(unanswered.takePaused { $0 == .reportInquiry }.map(\.key.text) == ["rejected", "nonsense", "down"])
        #expect(unanswered.isEmpty)
    }
}

@Suite struct RetryScheduleTests {
    @Test("grows by its factor up to its maximum")
    func grows() {
        let schedule = RetrySchedule(first: .seconds(600), factor: 2, max: .seconds(21_600), jitter: 0)
        var random = SeededGenerator(seed: 1)
        let delays = (1...8).map { schedule.delay(afterAttempt: $0, using: &random) }
        #expect(delays == [600, 1200, 2400, 4800, 9600, 19_200, 21_600, 21_600].map(Duration.seconds))
        #expect(schedule.delay(afterAttempt: .max, using: &random) == .seconds(21_600))
    }

    @Test("is spread by its jitter and no further")
    func jitter() throws {
        let schedule = RetrySchedule(first: .seconds(100), factor: 2, max: .seconds(100), jitter: 0.1)
        var random = SeededGenerator(seed: 2)
        let delays = (0..<2000).map { _ in schedule.delay(afterAttempt: 1, using: &random) }
        let shortest = try #require(delays.min())
        let longest = try #require(delays.max())
        #expect(shortest >= .seconds(90))
        #expect(shortest < .seconds(91))
        #expect(longest <= .seconds(110))
        #expect(longest > .seconds(109))
    }
}

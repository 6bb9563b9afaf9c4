import Reconciliation
import Support
import Testing

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
    func jitter() {
        let schedule = RetrySchedule(first: .seconds(100), factor: 2, max: .seconds(100), jitter: 0.1)
        var random = SeededGenerator(seed: 2)
        let delays = (0..<2000).map { _ in schedule.delay(afterAttempt: 1, using: &random) }
        #expect(delays.allSatisfy { $0 >= .seconds(90) && $0 <= .seconds(110) })
        #expect(delays.min()! < .seconds(91) && delays.max()! > .seconds(109))
    }
}

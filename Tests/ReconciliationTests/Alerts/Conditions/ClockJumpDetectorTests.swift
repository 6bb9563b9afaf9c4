import Reconciliation
import Testing

@Suite struct ClockJumpDetectorTests {
    private let start = Timestamp(seconds: 1_800_000_000)

    private func message(_ acceptedAt: Timestamp) -> DueMessage {
        DueMessage(
            key: MessageKey("KEY"), row: RowLocator(1), status: .pending, acceptedAt: acceptedAt,
            tracking: Tracking())
    }

    @Test("even time and small steps are no jump; a step either way is one, told once")
    func jumps() {
        var clock = ClockJumpDetector()
        clock.look(now: start, uptime: .zero)
        clock.look(now: start + .seconds(3630), uptime: .seconds(3600))
        #expect(clock.takeJumps() == [])
        clock.look(now: start + .seconds(30), uptime: .seconds(3600))
        clock.look(now: start + .seconds(7230), uptime: .seconds(3600))
        #expect(clock.takeJumps() == [.seconds(-3600), .seconds(7200)])
        #expect(clock.takeJumps() == [])
        #expect(
            ClockJumpDetector.observations([.seconds(-3600), .seconds(7200)])
                == [.occurred(.clockJump, AlertOccurrence(count: 2, detail: "-1h, +2h"))])
    }

    @Test(
        "what was accepted before a jump forward is given as much more; what came after, and after a way back, is not")
    func allowance() {
        var clock = ClockJumpDetector()
        clock.look(now: start, uptime: .zero)
        let old = message(start - .seconds(60))
        #expect(clock.judged(old) == old)
        let week = Duration.seconds(7 * 86_400)
        clock.look(now: start + week, uptime: .zero)
        #expect(clock.judged(old).acceptedAt == start - .seconds(60) + week)
        let new = message(start + week + .seconds(1))
        #expect(clock.judged(new) == new)
        clock.look(now: start, uptime: .zero)
        #expect(clock.judged(old) == old)
    }

    @Test("what was given goes on after a restart; a way back that nobody saw takes back as much as it can be known by")
    func restart() throws {
        var clock = ClockJumpDetector()
        clock.look(now: start, uptime: .zero)
        clock.look(now: start + .seconds(7200), uptime: .zero)
        let noted = try #require(clock.allowance)
        #expect(noted == ClockAllowance(more: .seconds(7200), before: start + .seconds(7200)))

        let old = message(start - .seconds(60))
        var next = ClockJumpDetector()
        next.resume(noted, now: start + .seconds(9000))
        #expect(next.allowance == noted)
        #expect(next.judged(old) == clock.judged(old))
        next.look(now: start + .seconds(9000), uptime: .zero)
        next.look(now: start + .seconds(12_600), uptime: .zero)
        #expect(next.allowance == ClockAllowance(more: .seconds(10_800), before: start + .seconds(12_600)))

        var setBack = ClockJumpDetector()
        setBack.resume(noted, now: start + .seconds(100))
        #expect(setBack.allowance == ClockAllowance(more: .seconds(100), before: start + .seconds(100)))
        var further = ClockJumpDetector()
        further.resume(noted, now: start - .seconds(1))
        #expect(further.allowance == nil)
    }
}

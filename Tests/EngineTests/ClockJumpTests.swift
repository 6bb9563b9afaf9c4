import Engine
import Reconciliation
import Support
import Testing

/// A wall clock that is set while the daemon runs.
@EventLoop
@Suite(.serialized) struct ClockJumpTests {
    private let stage = Stage(isWatched: true)

    @Test("a clock that jumps a week ahead makes nothing stale; the deadline comes in its own time")
    func ahead() async {
        await stage.add(20) { _ in [] }
        #expect(await stage.cycle()?.stillPending == 20)
        stage.time.set(stage.time.now + .seconds(7 * 86_400))
        let after = await stage.cycle()
        #expect(after?.due == 20)
        #expect(after?.stillPending == 20)
        #expect(await stage.ledger.count(.deadLetter) == 0)
        #expect(await stage.firing().contains(.clockJump))
        #expect(stage.log.names.contains("clock.jumped"))
        // Asked again at its pace, not in every cycle.
        #expect(await stage.cycle()?.due == 0)
        stage.time.advance(by: .seconds(71 * 3600))
        _ = await stage.cycle()
        #expect(await stage.ledger.count(.deadLetter) == 0)
        stage.time.advance(by: .seconds(2 * 3600))
        _ = await stage.cycle()
        #expect(await stage.ledger.count(.deadLetter) == 20)
    }

    @Test("a process that comes after a jump knows of it")
    func restart() async {
        await stage.add(20) { _ in [] }
        _ = await stage.cycle()
        stage.time.set(stage.time.now + .seconds(7 * 86_400))
        _ = await stage.cycle()
        let next = stage.another()
        stage.time.advance(by: .seconds(71 * 3600))
        _ = await stage.cycle(of: next)
        #expect(await stage.ledger.count(.deadLetter) == 0)
        stage.time.advance(by: .seconds(2 * 3600))
        _ = await stage.cycle(of: next)
        #expect(await stage.ledger.count(.deadLetter) == 20)
    }

    @Test("a jump in the middle of a pass is seen before anything is given up")
    func midway() async {
        await stage.add(10) { _ in [] }
        stage.provider.fault = { [unowned stage] _ in
            if stage.provider.asked.count == 3 { stage.time.set(stage.time.now + .seconds(40 * 86_400)) }
            return nil
        }
        _ = await stage.cycle()
        #expect(await stage.ledger.count(.deadLetter) == 0)
    }

    @Test("a clock set back gives nothing up either")
    func back() async {
        await stage.add(5) { _ in [] }
        _ = await stage.cycle()
        stage.time.set(stage.time.now - .seconds(7 * 86_400))
        _ = await stage.cycle()
        #expect(await stage.ledger.count(.pending) == 5)
        #expect(await stage.firing().contains(.clockJump))
    }

    @Test("a message under way when the clock is set back is asked about again at its pace")
    func backMidway() async {
        await stage.add(1) { _ in [] }
        stage.provider.fault = { [unowned stage] _ in
            if stage.provider.asked.count == 1 { stage.time.set(stage.time.now - .seconds(5 * 3600)) }
            return nil
        }
        _ = await stage.cycle()
        stage.time.advance(by: .seconds(900))
        #expect(await stage.cycle()?.due == 1)
    }

    @Test("a cycle in which a request hangs is told when it ends, and over with one in time")
    func overrun() async {
        await stage.add(1) { _ in [nil] }
        stage.provider.fault = { [unowned stage] _ in
            stage.time.advance(by: .seconds(301))
            return nil
        }
        _ = await stage.cycle()
        #expect(await stage.firing().contains(.cycleOverrun))
        stage.provider.fault = nil
        stage.time.advance(by: .seconds(1300))
        _ = await stage.cycle()
        #expect(await stage.firing().contains(.cycleOverrun) == false)
    }
}

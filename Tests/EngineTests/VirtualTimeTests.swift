import Engine
import Support
import Testing

/// What tests rely on where time passes by itself.
@Suite(.timeLimit(.minutes(10))) @EventLoop struct VirtualTimeTests {
    private let time = VirtualTime()

    @Test("who waits for rest and is cancelled does not wait for it, though somebody looks at the clock in every turn")
    func cancelled() async {
        let busy = EventLoop.task { [time] in
            while !Task.isCancelled {
                _ = time.uptime
                await turnOfTheLoop()
            }
        }
        let waiting = EventLoop.task { [time] in await time.untilIdle() }
        waiting.cancel()
        await waiting.value
        busy.cancel()
        await busy.value
    }
}

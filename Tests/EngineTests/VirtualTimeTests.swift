import Engine
import Support
import Testing

/// What tests rely on where time passes by itself.
@Suite(.timeLimit(.minutes(10))) @EventLoop struct VirtualTimeTests {
    private let time = VirtualTime()

    @Test("who waits for rest and is cancelled does not wait for it, though somebody looks at the clock in every turn")
    func cancelled() async {
        let busy = Task(executorPreference: EventLoop.taskExecutor) { [time] in
            while !Task.isCancelled {
                _ = await time.uptime
                await turnOfTheLoop()
            }
        }
        let waiting = Task(executorPreference: EventLoop.taskExecutor) { [time] in await time.untilIdle() }
        waiting.cancel()
        await waiting.value
        busy.cancel()
        await busy.value
    }
}

internal import Dispatch

/// One sleep on the loop, ended by its timer or before. Not `Task.sleep`: that wakes the process every second while it
/// sleeps (measured, Swift 6.3 on Linux).
@Loop
final class Sleep {
    private var timer: (any DispatchSourceTimer)?
    private var sleeper: CheckedContinuation<Bool, Never>?

    /// - Returns: false when it was cancelled.
    nonisolated static func lasting(_ duration: Duration) async -> Bool {
        let sleep = await Sleep()
        return await withTaskCancellationHandler {
            await sleep.run(duration)
        } onCancel: {
            Loop.queue.async { Loop.assumeIsolated { sleep.end(isOver: false) } }
        }
    }

    private func run(_ duration: Duration) async -> Bool {
        guard !Task.isCancelled else { return false }
        return await withCheckedContinuation { sleeper in
            self.sleeper = sleeper
            let timer = DispatchSource.makeTimerSource(queue: Loop.queue)
            timer.schedule(deadline: .now() + .nanoseconds(Self.nanoseconds(duration)))
            timer.setEventHandler { Loop.assumeIsolated { self.end(isOver: true) } }
            timer.resume()
            self.timer = timer
        }
    }

    private func end(isOver: Bool) {
        timer?.cancel()
        timer = nil
        sleeper?.resume(returning: isOver)
        sleeper = nil
    }

    private nonisolated static func nanoseconds(_ duration: Duration) -> Int {
        let parts = duration.components
        return Int(min(max(0, parts.seconds), 1 << 32)) * 1_000_000_000 + Int(max(0, parts.attoseconds) / 1_000_000_000)
    }
}

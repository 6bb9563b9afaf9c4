package import Engine
package import Reconciliation

/// Time that passes only when somebody sleeps: a sleep returns at once, having moved both clocks forward.
@EventLoop
package final class VirtualTime: Timekeeper {
    package private(set) var now: Timestamp
    package private(set) var uptime: Duration = .zero

    package init(now: Timestamp = Timestamp(seconds: 1_800_000_000)) {
        self.now = now
    }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        advance(by: duration)
        // Lets the others on the loop go on before this one, as real time would.
        await Task.yield()
    }

    /// Sets the wall clock, and it alone.
    package func set(_ now: Timestamp) {
        self.now = now
    }

    package func advance(by duration: Duration) {
        guard duration > .zero else { return }
        now = now + duration
        uptime += duration
    }
}

internal import Dispatch
internal import Glibc
package import Reconciliation

/// The machine's clocks.
@EventLoop
package final class SystemTime: Timekeeper {
    package init() {}

    package var now: Timestamp {
        let (seconds, nanoseconds) = Self.read(CLOCK_REALTIME)
        return Timestamp(milliseconds: seconds * 1000 + nanoseconds / 1_000_000)
    }

    package var uptime: Duration {
        let (seconds, nanoseconds) = Self.read(CLOCK_MONOTONIC)
        return .seconds(seconds) + .nanoseconds(nanoseconds)
    }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw CancellationError()
        }
    }

    private static func read(_ clock: clockid_t) -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        clock_gettime(clock, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}

/// What calls a handler again and again, every so often or whenever something happens, until it is cancelled.
@EventLoop
package protocol Ticking: AnyObject {
    func cancel()
}

/// Makes what calls a handler every so often, so that tests can say when.
package typealias TickerMaker =
    @EventLoop (_ interval: Duration, _ handler: @escaping @EventLoop () -> Void) -> any Ticking

/// Calls a handler again and again on the loop, the first time at once.
@EventLoop
package final class Ticker: Ticking {
    private let source: any DispatchSourceTimer

    package init(every interval: Duration, handler: @escaping @EventLoop () -> Void) {
        source = DispatchSource.makeTimerSource(queue: EventLoop.queue)
        let milliseconds = max(1, Int(interval.wholeMilliseconds))
        // A tenth of the interval lets the kernel wake the machine for several timers at once.
        source.schedule(
            deadline: .now(), repeating: .milliseconds(milliseconds),
            leeway: .milliseconds(min(1000, milliseconds / 10)))
        source.setEventHandler { EventLoop.assumeIsolated { handler() } }
        source.resume()
    }

    package func cancel() {
        source.cancel()
    }
}

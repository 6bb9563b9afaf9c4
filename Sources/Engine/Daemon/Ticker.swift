internal import Dispatch
internal import Reconciliation

/// Calls a handler again and again on the loop, the first time at once.
@Loop
final class Ticker {
    private let source: any DispatchSourceTimer

    init(every interval: Duration, handler: @escaping @Loop () -> Void) {
        source = DispatchSource.makeTimerSource(queue: Loop.queue)
        let milliseconds = max(1, Int(interval.wholeMilliseconds))
        // A tenth of the interval lets the kernel wake the machine for several timers at once.
        source.schedule(
            deadline: .now(), repeating: .milliseconds(milliseconds),
            leeway: .milliseconds(min(1000, milliseconds / 10)))
        source.setEventHandler { Loop.assumeIsolated { handler() } }
        source.resume()
    }

    func cancel() {
        source.cancel()
    }
}

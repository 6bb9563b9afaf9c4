internal import Dispatch
internal import Reconciliation

/// What calls a handler again and again, until it is cancelled.
@Loop
package protocol Ticking: AnyObject {
    func cancel()
}

/// Makes what calls a handler every so often, so that tests can say when.
package typealias TickerMaker = @Loop (_ interval: Duration, _ handler: @escaping @Loop () -> Void) -> any Ticking

/// Calls a handler again and again on the loop, the first time at once.
@Loop
package final class Ticker: Ticking {
    private let source: any DispatchSourceTimer

    package init(every interval: Duration, handler: @escaping @Loop () -> Void) {
        source = DispatchSource.makeTimerSource(queue: Loop.queue)
        let milliseconds = max(1, Int(interval.wholeMilliseconds))
        // A tenth of the interval lets the kernel wake the machine for several timers at once.
        source.schedule(
            deadline: .now(), repeating: .milliseconds(milliseconds),
            leeway: .milliseconds(min(1000, milliseconds / 10)))
        source.setEventHandler { Loop.assumeIsolated { handler() } }
        source.resume()
    }

    package func cancel() {
        source.cancel()
    }
}

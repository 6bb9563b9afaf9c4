internal import Dispatch
internal import Glibc

/// Signals as events on the loop. Made before anything that takes time, so that none is missed.
@Loop
package final class Signals {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter handler: called on the loop with the signal's number.
    package init(_ signals: [Int32], handler: @escaping @Loop (Int32) -> Void) {
        sources = signals.map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: Loop.queue)
            source.setEventHandler { Loop.assumeIsolated { handler(number) } }
            source.resume()
            return source
        }
    }

    package func cancel() {
        for source in sources { source.cancel() }
    }
}

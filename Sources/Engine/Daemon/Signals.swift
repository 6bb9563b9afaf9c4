internal import Dispatch

/// Signals as events on the loop.
@Loop
package final class Signals {
    private var sources: [any DispatchSourceSignal] = []

    package init() {}

    /// Returns when every signal is listened to: one that comes earlier takes its default action, none is lost.
    /// - Parameter handler: called on the loop with the signal's number.
    package func listen(to signals: [Int32], handler: @escaping @Loop (Int32) -> Void) async {
        for number in signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: Loop.queue)
            source.setEventHandler { Loop.assumeIsolated { handler(number) } }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
            sources.append(source)
        }
    }

    package func cancel() {
        for source in sources { source.cancel() }
        sources = []
    }
}

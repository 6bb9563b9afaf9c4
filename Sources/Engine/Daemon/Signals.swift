internal import Dispatch

/// Signals as events on the loop.
@Loop
package final class Signals {
    private var sources: [any DispatchSourceSignal] = []
    private var handler: (@Loop (Int32) -> Void)?
    /// What came before there was a handler.
    private var early: [Int32] = []

    package init() {}

    /// Returns when every signal is listened to: one that comes earlier takes its default action, none is lost.
    package func listen(to signals: [Int32]) async {
        for number in signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: Loop.queue)
            source.setEventHandler { [weak self] in Loop.assumeIsolated { self?.received(number) } }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
            sources.append(source)
        }
    }

    /// - Parameter handler: called on the loop with the signal's number; at once with those that came before. It takes
    ///   the place of an earlier one.
    package func hand(to handler: @escaping @Loop (Int32) -> Void) {
        self.handler = handler
        for signal in early { handler(signal) }
        early = []
    }

    private func received(_ signal: Int32) {
        if let handler { handler(signal) } else { early.append(signal) }
    }

    package func cancel() {
        for source in sources { source.cancel() }
        sources = []
    }
}

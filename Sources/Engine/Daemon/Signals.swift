internal import Dispatch

/// Signals as events on the loop.
@EventLoop
package final class Signals {
    /// They are heard also while the loop is busy with something.
    private static let queue = DispatchQueue(label: "bizgo-reconciler.signals")

    private let atOnce: @Sendable (Int32) -> Void
    private var sources: [any DispatchSourceSignal] = []
    private var handler: (@EventLoop (Int32) -> Void)?
    /// What came before there was a handler.
    private var early: [Int32] = []

    /// - Parameter atOnce: called with a signal's number before the loop is, on another queue.
    package init(atOnce: @escaping @Sendable (Int32) -> Void = { _ in }) {
        self.atOnce = atOnce
    }

    /// Returns when every signal is listened to: one that comes earlier takes its default action, none is lost.
    package func listen(to signals: [Int32]) async {
        for number in signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: Self.queue)
            // Sendable, or else they would count as the loop's own and trap where they run.
            let heard: @Sendable () -> Void = { [weak self, atOnce] in
                atOnce(number)
                EventLoop.queue.async { EventLoop.assumeIsolated { self?.received(number) } }
            }
            source.setEventHandler(handler: heard)
            await withCheckedContinuation { registered in
                let isRegistered: @Sendable () -> Void = { registered.resume() }
                source.setRegistrationHandler(handler: isRegistered)
                source.resume()
            }
            sources.append(source)
        }
    }

    /// - Parameter handler: called on the loop with the signal's number; at once with those that came before. It takes
    ///   the place of an earlier one.
    package func hand(to handler: @escaping @EventLoop (Int32) -> Void) {
        self.handler = handler
        for signal in early { handler(signal) }
        early = []
    }

    /// From now on what comes is kept for the next handler.
    package func keep() { handler = nil }

    private func received(_ signal: Int32) {
        if let handler { handler(signal) } else { early.append(signal) }
    }

    package func cancel() {
        for source in sources { source.cancel() }
        sources = []
    }
}

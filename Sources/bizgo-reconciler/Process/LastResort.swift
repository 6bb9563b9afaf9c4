internal import Dispatch
internal import Engine
internal import Glibc
internal import Reconciliation
internal import Synchronization

/// Ends a process that was told to, whatever hangs. It works on a queue of its own, since the loop may be what hangs: in
/// a write to a disk that is gone, say.
final class LastResort: Sendable {
    /// After the first signal.
    static let limit = Duration.milliseconds(4250)
    /// Beyond that, for the log's last line.
    private static let forLastWords = DispatchTimeInterval.milliseconds(250)

    private let queue = DispatchQueue(label: "bizgo-reconciler.last-resort")
    private let isCalled = Atomic<Bool>(false)
    /// Said before the end, where the loop still turns.
    @Loop var lastWords: (@Loop () -> Void)?

    /// Of the signals that end the process the first begins the time, and the second ends it.
    func called(by signal: Int32) {
        guard isCalled.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
            _exit(128 + signal)
        }
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(Self.limit.wholeMilliseconds))) { self.end() }
    }

    private func end() {
        Loop.queue.async {
            Loop.assumeIsolated { self.lastWords?() }
            _exit(EXIT_SUCCESS)
        }
        queue.asyncAfter(deadline: .now() + Self.forLastWords) { _exit(EXIT_SUCCESS) }
    }
}

package import Reconciliation

/// Time, passed in so that tests can live days in milliseconds.
@Loop
package protocol Timekeeper: AnyObject, Sendable {
    /// The wall clock.
    var now: Timestamp { get }
    /// A clock that only goes forward, at an even pace.
    var uptime: Duration { get }
    /// - Throws: when the task is cancelled, at once.
    func sleep(for duration: Duration) async throws(CancellationError)
}

package import Reconciliation

/// Time, passed in so that tests can live days in milliseconds.
@EventLoop
package protocol Timekeeper: AnyObject, Sendable {
    /// The wall clock.
    var now: Timestamp { get }
    /// A clock that only goes forward, at an even pace.
    var uptime: Duration { get }
    /// - Throws: when the task is cancelled, at once.
    func sleep(for duration: Duration) async throws(CancellationError)
}

/// The service manager (systemd) that started the daemon, if one did.
@EventLoop
package protocol ServiceManager: AnyObject, Sendable {
    /// How often it wants to hear `alive()`; nil when it does not watch.
    var watchdogInterval: Duration? { get }
    func ready(_ status: String)
    func status(_ text: String)
    func reloading()
    func alive()
    func stopping(_ status: String)
}

/// The service manager (systemd) that started the daemon, if one did.
@Loop
package protocol ServiceManager: AnyObject, Sendable {
    /// How often it wants to hear `alive()`; nil when it does not watch.
    var watchdogInterval: Duration? { get }
    func ready(_ status: String)
    func status(_ text: String)
    func reloading()
    func alive()
    func stopping(_ status: String)
}

/// Tells sinks about alerts, in its own time: nothing here waits for a sink.
@Loop
package protocol AlertNotifier: AnyObject, Sendable {
    /// Alerts may have changed.
    func wake()

    /// The store cannot be worked on, so this cannot be noted in it either; or it refuses some rows.
    func storeTrouble(_ error: LedgerError)

    /// The store can be worked on, whether or not it ever could not. Cheap.
    func storeRecovered()

    /// Tells what is due now, within a bound, and then no more.
    func drain() async
}

internal import Engine
internal import Ledger
internal import Operations

/// A daemon's session and the lock of its database, which is held as long as anything of the session may write.
@Loop
struct Holding {
    let session: Session
    /// The same object for two sessions on one database.
    private let lock: InstanceLock?

    /// Opens all that the configuration names.
    /// - Parameters:
    ///   - present: what works on meanwhile.
    ///   - patience: with the database.
    static func open(
        _ setup: Setup, beside present: Holding? = nil, log: any Log, metrics: Metrics, patience: Patience
    ) async throws(CommandFailure) -> Holding {
        let lock = try InstanceLock.take(setup.settings.store.path, having: present?.lock)
        try setup.checkMetricsFile()
        // What is wrong with a new database is no trouble of the store that is worked on.
        let session = try await Session.open(
            setup, mode: .daemon, tellsTrouble: present == nil, log: log, meter: metrics, patience: patience)
        return Holding(session: session, lock: lock)
    }
}

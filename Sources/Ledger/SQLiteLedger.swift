internal import Dispatch
package import Engine
internal import Reconciliation

/// The ledger in the application's SQLite database.
///
/// It works on a serial queue of its own, so that a database that is locked or slow never keeps the loop waiting.
/// When the file is replaced while it is open (a backup put back), the next call opens the new one.
package actor SQLiteLedger {
    package enum Mode: Hashable, Sendable {
        /// Writes nothing at all; works also where the reconciler has never been.
        case readOnly
        case readWrite
    }

    private nonisolated let executor = QueueExecutor(queue: DispatchQueue(label: "bizgo-reconciler.ledger"))
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The schema versions reached by opening the database; empty when it was up to date.
    package nonisolated let migrations: [Int]
    /// How pending rows are found, so that `check` can warn.
    package nonisolated let duePlan: DuePlan

    let mode: Mode
    let configuration: LedgerConfiguration
    /// Whether the outbox has been made to fit the configured sinks.
    var sinksAreAdopted = false
    var store: OpenDatabase?
    private var isClosed = false

    /// Opens the database and, for writing, brings the reconciler's tables up to date. Blocks while it is locked, for
    /// `busyTimeout` at most.
    package static func open(_ configuration: LedgerConfiguration, mode: Mode) throws(LedgerError) -> SQLiteLedger {
        do {
            return SQLiteLedger(configuration, mode, try OpenDatabase(configuration, mode))
        } catch {
            throw LedgerError(error, path: configuration.path, busyTimeout: configuration.busyTimeout)
        }
    }

    /// The same on a thread of its own, for those who have more to do than to wait for a lock.
    package static func openAside(
        _ configuration: LedgerConfiguration, mode: Mode
    ) async throws(LedgerError) -> SQLiteLedger {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(LedgerError) in try open(configuration, mode: mode) })
            }
        }
        return try result.get()
    }

    private init(_ configuration: LedgerConfiguration, _ mode: Mode, _ store: sending OpenDatabase) {
        self.configuration = configuration
        self.mode = mode
        migrations = store.migrations
        duePlan = store.plan
        self.store = store
    }

    /// Finalizes all statements and closes the file. Every later call fails.
    package func close() {
        isClosed = true
        store = nil
    }

    /// Everything that touches the database goes through here.
    func perform<Value>(_ body: (OpenDatabase) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try body(try openStore())
        } catch {
            // Opened anew, it makes tables that somebody has dropped.
            if (error as? DatabaseError)?.isAboutOwnTables == true { store = nil }
            throw LedgerError(error, path: configuration.path, busyTimeout: configuration.busyTimeout)
        }
    }

    private func openStore() throws -> OpenDatabase {
        guard !isClosed else { throw LedgerError(.unexpected, "\(configuration.path) has been closed") }
        if let store, !store.connection.hasMoved { return store }
        store = nil
        let new = try OpenDatabase(configuration, mode)
        store = new
        return new
    }
}

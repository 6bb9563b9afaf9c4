internal import CSQLite
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
    private let patience: Patience?
    /// Whether the outbox has been made to fit the configured sinks.
    var sinksAreAdopted = false
    var store: OpenDatabase?
    private var isClosed = false

    /// Opens the database and, for writing, brings the reconciler's tables up to date. Blocks while it is locked, for
    /// `busyTimeout` at most.
    /// - Parameter patience: ends this and all later waiting; nil where nothing does.
    package static func open(
        _ configuration: LedgerConfiguration, mode: Mode, patience: Patience? = nil
    ) throws(LedgerError) -> SQLiteLedger {
        do {
            return SQLiteLedger(configuration, mode, patience, try OpenDatabase(configuration, mode, patience))
        } catch {
            throw LedgerError(error, configuration, patience)
        }
    }

    /// The same on a thread of its own, for those who have more to do than to wait for a lock.
    package static func openAside(
        _ configuration: LedgerConfiguration, mode: Mode, patience: Patience? = nil
    ) async throws(LedgerError) -> SQLiteLedger {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(LedgerError) in
                        try open(configuration, mode: mode, patience: patience)
                    })
            }
        }
        return try result.get()
    }

    private init(
        _ configuration: LedgerConfiguration, _ mode: Mode, _ patience: Patience?, _ store: sending OpenDatabase
    ) {
        self.configuration = configuration
        self.mode = mode
        self.patience = patience
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
            let meaning = meaning(of: error)
            // Opened anew, it makes tables that somebody has dropped, and says by name what else is missing.
            if (error as? DatabaseError)?.isAboutSchema == true { store = nil }
            throw meaning
        }
    }

    /// Outside a transaction. SQLite does not say which foreign key it was, neither with the row nor at the end.
    func meaning(of error: any Error) -> LedgerError {
        var error = error
        if var known = error as? DatabaseError, known.isOfForeignKey, let keys = try? store?.foreignKeys.explanation() {
            known.message = "foreign key: " + keys
            error = known
        }
        return LedgerError(error, configuration, patience)
    }

    private func openStore() throws -> OpenDatabase {
        guard !isClosed else { throw LedgerError(.unexpected, "\(configuration.path) has been closed") }
        if let store, !store.connection.hasMoved { return store }
        store = nil
        let new = try OpenDatabase(configuration, mode, patience)
        store = new
        return new
    }
}

extension LedgerError {
    /// What an error means, or that nobody waits any more.
    fileprivate init(_ error: any Error, _ configuration: LedgerConfiguration, _ patience: Patience?) {
        let endOfWaiting = [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_INTERRUPT]
        guard let patience, patience.isOver, let cause = error as? DatabaseError,
            endOfWaiting.contains(cause.primaryCode)
        else {
            self.init(error, path: configuration.path, busyTimeout: configuration.busyTimeout)
            return
        }
        patience.noteCutOff()
        self.init(.interrupted, "\(configuration.path) is not waited for any longer: the process is to end")
    }
}

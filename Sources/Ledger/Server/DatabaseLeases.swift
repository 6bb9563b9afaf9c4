internal import Dispatch
package import Engine
package import Reconciliation

/// The leases at a database's server, by a connection of its own, which is made anew where it was lost.
package actor DatabaseLeases: LeaseLedger {
    private nonisolated let executor = QueueExecutor(queue: DispatchQueue(label: "bizgo-reconciler.leases"))
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: LedgerConfiguration
    private let patience: Patience?
    private var database: (any Database)?
    /// Whether the tables were found, or made.
    private var isMade = false
    private var isClosed = false

    /// Connects with the first call.
    /// - Parameter patience: ends all waiting; nil where nothing does.
    package init(_ configuration: LedgerConfiguration, patience: Patience? = nil) {
        self.configuration = configuration
        self.patience = patience
    }

    package func claim(
        _ name: LeaseName, by instance: LeaseInstance, for duration: Duration
    ) throws(LedgerError) -> LeaseClaim {
        try perform { table in
            try make(table)
            return try table.claim(name, by: instance, for: duration)
        }
    }

    package func release(_ name: LeaseName, by instance: LeaseInstance) throws(LedgerError) {
        try perform { try $0.release(name, by: instance) }
    }

    package func forget(_ instance: LeaseInstance) throws(LedgerError) {
        try perform { try $0.forget(instance) }
    }

    package func instances(seenWithin duration: Duration) throws(LedgerError) -> [InstanceView] {
        try perform { try $0.instances(seenWithin: duration) }
    }

    package func close() {
        isClosed = true
        database = nil
    }

    private func make(_ table: LeaseTable) throws {
        guard !isMade else { return }
        try table.make()
        isMade = true
    }

    private func perform<Value>(_ body: (LeaseTable) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try body(LeaseTable(database: try openDatabase()))
        } catch {
            let meaning = database?.meaning(of: error, nil) ?? LedgerError(error, configuration)
            if database?.wantsReopening(after: error) == true {
                database = nil
                isMade = false
            }
            throw meaning.unless(patience, configuration)
        }
    }

    private func openDatabase() throws -> any Database {
        guard !isClosed else { throw LedgerError(.unexpected, "\(configuration.place.text) has been closed") }
        if let database, !database.isStale { return database }
        database = nil
        let new: any Database =
            switch configuration.place {
            case .server(let address):
                try ServerDatabase(forLeases: address, configuration, patience: patience)
            case .file: try OpenDatabase.database(configuration, .readWrite, patience)
            }
        database = new
        return new
    }
}

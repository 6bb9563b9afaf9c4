internal import Engine
internal import FoundationEssentials
internal import Ledger
internal import Operations

/// A daemon's session and the lock of its database, which is held as long as anything of the session may write.
@EventLoop
struct LockedSession {
    let session: Session
    /// The same object for two sessions on one database.
    private let lock: InstanceLock?

    /// Opens all that the configuration names.
    /// - Parameters:
    ///   - present: what works on meanwhile.
    ///   - patience: with the database.
    static func open(
        _ loaded: LoadedConfiguration, beside present: LockedSession? = nil, log: any Log, metrics: Metrics,
        patience: Patience
    ) async throws(CommandFailure) -> LockedSession {
        let lock = try InstanceLock.take(loaded.settings.store.path, having: present?.lock)
        try loaded.checkMetricsFile()
        // What is wrong with a new database is no trouble of the store that is worked on.
        let session = try await Session.open(
            loaded, mode: .daemon, tellsTrouble: present == nil, log: log, meter: metrics, patience: patience)
        return LockedSession(session: session, lock: lock)
    }
}

/// Opens the database for `work` by a command that works beside a running daemon, and closes it whatever comes of that.
/// - Parameter findsByKey: whether it must be fit for applying fetched reports.
@EventLoop
func withLedger<Value: Sendable>(
    _ settings: Settings, _ mode: SQLiteLedger.Mode, findsByKey: Bool = false,
    _ work: @EventLoop (SQLiteLedger) async throws(LedgerError) -> Value
) async throws(CommandFailure) -> Value {
    do throws(LedgerError) {
        let ledger = try SQLiteLedger.open(settings.ledger(findsByKey: findsByKey), mode: mode)
        let result: Result<Value, LedgerError>
        do throws(LedgerError) {
            result = .success(try await work(ledger))
        } catch {
            result = .failure(error)
        }
        await ledger.close()
        return try result.get()
    } catch {
        throw CommandFailure(error)
    }
}

extension InstanceLock {
    /// The lock for the database, for as long as the value lives.
    /// - Parameters:
    ///   - mayCreate: false for a dry run, which leaves no file behind.
    ///   - held: a lock this process has; where it is the lock for the database, under whatever name, it is returned.
    /// - Returns: nil for a dry run without a lock file, and for a database that is missing, which is for the ledger
    ///   to say.
    /// - Throws: exit 75 naming the instance that has it; exit 78 for a database with two names.
    static func take(
        _ database: String, mayCreate: Bool = true, having held: InstanceLock? = nil
    ) throws(CommandFailure) -> InstanceLock? {
        guard FileManager.default.fileExists(atPath: database) else { return nil }
        // Before anything is made beside it: the lock, the memory of trouble, SQLite's own files.
        try checkName(database)
        if let held, held.isOf(database: database) { return held }
        guard mayCreate || exists(forDatabase: database) else { return nil }
        do throws(InstanceLock.LockError) {
            return try acquire(forDatabase: database)
        } catch {
            throw failure(error, database)
        }
    }

    /// - Throws: exit 78 where the lock could not be had, were it free.
    static func check(_ database: String) throws(CommandFailure) {
        do throws(InstanceLock.LockError) {
            try check(forDatabase: database)
        } catch {
            throw failure(error, database)
        }
    }

    /// - Throws: exit 78 for a database with two names.
    static func checkName(_ database: String) throws(CommandFailure) {
        do throws(LedgerError) {
            try SQLiteLedger.checkName(database)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func failure(_ error: LockError, _ database: String) -> CommandFailure {
        switch error {
        case .held(let pid):
            let holder = pid.map { "process \($0)" } ?? "another process"
            return CommandFailure(
                .tryLater,
                "another instance (\(holder)) works on \(database): stop it first, or use `status`, `list` and `show`")
        case .cannotLock(let message):
            return CommandFailure(.configuration, message)
        }
    }
}

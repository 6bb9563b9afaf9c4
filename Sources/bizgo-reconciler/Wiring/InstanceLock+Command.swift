internal import Engine
internal import FoundationEssentials
internal import Ledger
internal import Operations

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

internal import Engine
internal import Ledger
internal import Operations

/// `init-db` and `backup`.
@EventLoop
enum DatabaseCommands {
    /// The default table in a new file.
    static func initialize(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let store = try LoadedConfiguration.settings(arguments).store
        let path = store.path
        do throws(LedgerError) {
            try SQLiteLedger.initializeDatabase(at: path)
        } catch {
            throw CommandFailure(error)
        }
        Terminal.line("made \(path) with an empty notification_history")
        if store.table != "notification_history" {
            Terminal.line("store.table names \(store.table), which has yet to be made in it")
        }
        return .ok
    }

    /// A copy of the database while everybody works on it.
    static func backUp(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let store = try LoadedConfiguration.settings(arguments).store
        let target = arguments.operands[0]
        defer { Terminal.progress("") }
        let size: Int
        do throws(BackupFailure) {
            size = try SQLiteLedger.backUp(store.path, to: target, busyTimeout: store.busyTimeout, progress: show)
        } catch {
            throw CommandFailure(error)
        }
        Terminal.progress("")
        Terminal.line("copied \(store.path) to \(target), \(size) bytes, checked")
        return .ok
    }

    private static func show(_ share: Double) {
        Terminal.progress(share < 1 ? "copying \(Int(share * 100)) %" : "checking the copy")
    }
}

extension CommandFailure {
    fileprivate init(_ failure: BackupFailure) {
        switch failure {
        case .source(let error): self.init(error)
        case .target(let message): self.init(.inputOutput, "backup: \(message)")
        }
    }
}

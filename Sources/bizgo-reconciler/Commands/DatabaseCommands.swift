internal import Engine
internal import Ledger
internal import Operations

/// `init-db` and `backup`.
@EventLoop
enum DatabaseCommands {
    /// The default table in a new file.
    static func initialize(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let store = try LoadedConfiguration.settings(arguments).store
        let path = try store.file(
            or:
                "init-db makes an empty SQLite file: at a server the application makes its own table (README.md, \"The table\")"
        )
        do throws(LedgerError) {
            try SQLLedger.initializeDatabase(at: path)
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
        let path = try store.file(or: "backup copies an SQLite file: \(store.place.backupHint)")
        let target = arguments.operands[0]
        defer { Terminal.progress("") }
        let size: Int
        do throws(BackupFailure) {
            size = try SQLLedger.backUp(path, to: target, busyTimeout: store.busyTimeout, progress: show)
        } catch {
            throw CommandFailure(error)
        }
        Terminal.progress("")
        Terminal.line("copied \(path) to \(target), \(size) bytes, checked")
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

extension LedgerConfiguration {
    /// The database's file, for what belongs to files alone.
    /// - Throws: exit 78 with that remedy where it is at a server.
    fileprivate func file(or remedy: String) throws(CommandFailure) -> String {
        guard case .file(let path) = place else {
            throw CommandFailure(.configuration, "the database is at \(place.text). \(remedy)")
        }
        return path
    }
}

extension LedgerConfiguration.Place {
    /// What makes a copy of a database at a server.
    fileprivate var backupHint: String {
        switch self {
        case .file: ""
        case .server(let server):
            switch server.scheme {
            case .mysql: "at this server use `mysqldump --single-transaction`"
            case .postgresql: "at this server use `pg_dump`"
            }
        }
    }
}

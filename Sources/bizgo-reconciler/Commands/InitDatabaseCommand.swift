internal import Engine
internal import Ledger
internal import Operations

/// The default table in a new file.
@Loop
enum InitDatabaseCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let store = try Setup.settings(arguments).store
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
}

internal import Configuration
internal import Console
internal import Engine
internal import Ledger

/// The default table in a new file.
@Loop
enum InitDatabaseCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let path = try Setup.settings(arguments).store.path
        do throws(LedgerError) {
            try SQLiteLedger.initializeDatabase(at: path)
        } catch {
            throw CommandFailure(error)
        }
        Terminal.line("made \(path) with an empty notification_history")
        return .ok
    }
}

internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// Opens the database for a command that works beside a running daemon.
enum LedgerDoor {
    static func open(_ settings: Settings, _ mode: SQLiteLedger.Mode) throws(CommandFailure) -> SQLiteLedger {
        do throws(LedgerError) {
            return try SQLiteLedger.open(settings.ledger(rules: settings.alertRules), mode: mode)
        } catch {
            throw CommandFailure(error)
        }
    }
}

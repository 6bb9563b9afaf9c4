internal import Engine
internal import Ledger
internal import Operations

/// The way into the database for a command that works beside a running daemon.
@Loop
enum LedgerDoor {
    /// Opens the database for `work`, and closes it whatever comes of that.
    /// - Parameter findsByKey: whether it must be fit for applying fetched reports.
    static func with<Value: Sendable>(
        _ settings: Settings, _ mode: SQLiteLedger.Mode, findsByKey: Bool = false,
        _ work: @Loop (SQLiteLedger) async throws(LedgerError) -> Value
    ) async throws(CommandFailure) -> Value {
        do throws(LedgerError) {
            let ledger = try SQLiteLedger.open(
                settings.ledger(rules: settings.alertRules, findsByKey: findsByKey), mode: mode)
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
}

internal import Alerting
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// How things stand, read beside the daemon.
@Loop
enum StatusCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        do throws(CommandFailure) {
            let settings = try Setup.settings(arguments)
            let time = SystemTime()
            let overview = try await overview(settings, at: time.now)
            if arguments.has(.json) {
                Terminal.output(StatusText.json(overview).text)
            } else {
                for line in StatusText.lines(overview, in: settings.zone, at: time.now) { Terminal.line(line) }
            }
            return arguments.has(.check)
                ? StatusCheck.verdict(overview, interval: settings.reconcile.interval, at: time.now) : .ok
        } catch {
            guard arguments.has(.check), error.code != .usage else { throw error }
            throw CommandFailure(.unknown, lines: error.lines)
        }
    }

    private static func overview(_ settings: Settings, at now: Timestamp) async throws(CommandFailure) -> LedgerOverview
    {
        var overview = try await LedgerDoor.with(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.overview(at: now)
        }
        // The store cannot say it of itself.
        if let trouble = TroubleFile(besideDatabase: settings.store.path).firing { overview.firing.append(trouble) }
        return overview
    }
}

internal import Alerting
internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// How things stand, read beside the daemon.
@Loop
enum StatusCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        do throws(CommandFailure) {
            let settings = try Setup.settings(arguments)
            let time = SystemTime()
            let overview = try await overview(settings, at: time.now)
            if arguments.has("json") {
                Terminal.output(StatusText.json(overview, at: time.now).text)
            } else {
                for line in StatusText.lines(overview, at: time.now) { Terminal.line(line) }
            }
            return arguments.has("check") ? verdict(overview, settings, at: time.now) : .ok
        } catch {
            guard arguments.has("check"), error.code != .usage else { throw error }
            throw CommandFailure(.unknown, lines: error.lines)
        }
    }

    private static func overview(_ settings: Settings, at now: Timestamp) async throws(CommandFailure) -> LedgerOverview
    {
        let ledger = try LedgerDoor.open(settings, .readOnly)
        do throws(LedgerError) {
            var overview = try await ledger.overview(at: now)
            await ledger.close()
            // The store cannot say it of itself.
            if let trouble = TroubleFile(besideDatabase: settings.store.path).firing { overview.firing.append(trouble) }
            return overview
        } catch {
            throw CommandFailure(error)
        }
    }

    /// design.md, "Commands": five intervals without a cycle that succeeded are critical.
    private static func verdict(_ overview: LedgerOverview, _ settings: Settings, at now: Timestamp) -> ExitCode {
        guard overview.schemaVersion != nil, overview.lastCycle != nil else { return .unknown }
        let isOverdue = overview.lastSuccessAt.map { now - $0 > settings.reconcile.interval * 5 } ?? true
        let worst = overview.firing.map(\.identity.name.severity).max()
        if isOverdue || worst == .critical { return .critical }
        return overview.refusals != nil || worst.map { $0 >= .warning } == true ? .negative : .ok
    }
}

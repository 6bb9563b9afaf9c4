internal import Alerting
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// One pass over all that is due, then the alerts it causes.
@EventLoop
enum OnceCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        let isPreview = arguments.has(.dryRun)
        let log = LineLog(loaded.settings.log, descriptor: arguments.has(.json) ? STDERR_FILENO : STDOUT_FILENO)
        defer { log.finish() }
        let turns = loaded.settings.turns()
        let outcome: Reconciler.Outcome
        do throws(CommandFailure) {
            outcome = try await pass(loaded, turns, isPreview: isPreview, isPreview ? DryRunLog(log) : log)
        } catch {
            await turns.close()
            throw error
        }
        await turns.close()
        log.finish()
        switch outcome {
        case .storeFailed(let error, let summary):
            sumUp(summary, arguments)
            throw CommandFailure(error)
        case .completed(let summary):
            sumUp(summary, arguments)
            return summary.provider == .ok ? .ok : .unavailable
        }
    }

    private static func pass(
        _ loaded: LoadedConfiguration, _ turns: any Turns, isPreview: Bool, _ log: any Log
    ) async throws(CommandFailure) -> Reconciler.Outcome {
        let turn = try await turns.takeForSession(isPreview: isPreview, having: nil)
        let session = try await Session.open(
            loaded, mode: isPreview ? .preview : .single, turns: turns, turn: turn, log: log)
        let outcome = await session.reconciler().cycle()
        await session.sends?.workOnce()
        if !isPreview { await tell(outcome, session) }
        await session.close()
        await turn?.end()
        // Others work meanwhile.
        await session.store.untilIndexed()
        return outcome
    }

    private static func sumUp(_ summary: PassSummary, _ arguments: Arguments) {
        Terminal.output(arguments.has(.json) ? SummaryText.json(summary).text : SummaryText.line(summary))
    }

    private static func tell(_ outcome: Reconciler.Outcome, _ session: Session) async {
        if case .storeFailed(let error, _) = outcome, !error.isTrouble { return }
        if let trouble = outcome.storeTrouble {
            session.alerts.storeTrouble(trouble)
        } else {
            session.alerts.storeRecovered()
        }
        await session.alerts.flush()
    }
}

internal import Alerting
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// One pass over all that is due, then the alerts it causes.
@Loop
enum OnceCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let setup = try Setup.load(arguments)
        let isPreview = arguments.has(.dryRun)
        let log = LoopLog(setup.settings.log, descriptor: arguments.has(.json) ? STDERR_FILENO : STDOUT_FILENO)
        defer { log.finish() }
        let lock = try InstanceLock.take(setup.settings.store.path, mayCreate: !isPreview)
        defer { withExtendedLifetime(lock) {} }
        let session = try await Session.open(
            setup, mode: isPreview ? .preview : .single, log: isPreview ? MarkedLog(dryRun: log) : log)
        let outcome = await session.reconciler().cycle()
        if !isPreview { await tell(outcome, session) }
        await session.close()
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

    private static func sumUp(_ summary: PassSummary, _ arguments: Arguments) {
        Terminal.output(arguments.has(.json) ? SummaryText.json(summary).text : SummaryText.line(summary))
    }

    private static func tell(_ outcome: Reconciler.Outcome, _ session: Session) async {
        if let trouble = outcome.storeTrouble {
            session.desk.storeTrouble(detail: trouble.message)
        } else {
            session.desk.storeRecovered()
        }
        await session.desk.flush()
    }
}

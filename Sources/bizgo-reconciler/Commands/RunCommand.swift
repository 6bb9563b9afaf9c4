internal import Configuration
internal import Engine
internal import Glibc
internal import Ledger
internal import Observability
internal import Reconciliation

/// The daemon: a session that runs until a signal, replaced by another one when the configuration is read again.
@Loop
final class RunCommand {
    private let path: String
    private let log: LoopLog
    private let metrics: Metrics
    private let manager = LoopServiceManager()
    private var present: Holding
    private var daemon: Daemon
    /// Takes the place of `present` when its daemon has drained.
    private var successor: Holding?
    private var succession = Succession()

    /// A session and the lock of its database, which is held as long as anything of the session may write.
    private struct Holding {
        var session: Session
        /// The same object for two sessions on one database.
        var lock: InstanceLock?
    }

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let setup = try Setup.load(arguments)
        let log = LoopLog(setup.settings.log)
        log.write(
            LogEvent(
                .info, "daemon.started",
                [
                    LogField("version", .string(Version.current)), LogField("pid", .integer(Int(getpid()))),
                    LogField("config", .string(Setup.path(arguments))),
                    LogField("database", .string(setup.settings.store.path)),
                ]))
        defer { log.finish() }
        let metrics = Metrics(version: Version.current, time: SystemTime(), log: log)
        await RunCommand(
            path: Setup.path(arguments), log: log, metrics: metrics, present: try await first(setup, log, metrics)
        ).run()
        return .ok
    }

    /// A function of its own, so that nothing but the holding holds the lock.
    private static func first(
        _ setup: Setup, _ log: LoopLog, _ metrics: Metrics
    ) async throws(CommandFailure) -> Holding {
        let lock = try InstanceLock.take(setup.settings.store.path)
        try setup.checkMetricsFile()
        return Holding(session: try await Session.open(setup, mode: .daemon, log: log, meter: metrics), lock: lock)
    }

    private init(path: String, log: LoopLog, metrics: Metrics, present: Holding) {
        self.path = path
        self.log = log
        self.metrics = metrics
        self.present = present
        daemon = present.session.daemon(manager: manager)
        metrics.adopt(present.session)
    }

    private func run() async {
        let signals = Signals()
        await signals.listen(to: [SIGTERM, SIGINT, SIGHUP]) { self.received($0) }
        log.write(LogEvent(.info, "daemon.ready", readyFields))
        manager.ready("watching \(present.session.setup.settings.store.path)")
        await daemon.run()
        while succession.drained(), let next = successor {
            successor = nil
            await takeOver(next)
            await daemon.run()
        }
        await successor?.session.close()
        await metrics.finish()
        await present.session.close()
        signals.cancel()
        log.write(LogEvent(.info, "daemon.stopped"))
    }

    private var readyFields: [LogField] {
        let settings = present.session.setup.settings
        return [
            LogField("provider", .string(settings.api.baseURL)),
            LogField("interval", .string(DurationText.format(settings.reconcile.interval))),
            LogField("after", .string(DurationText.format(settings.reconcile.after))),
            LogField("stale_after", .string(DurationText.format(settings.reconcile.staleAfter))),
            LogField("requests_per_second", .double(settings.api.requestsPerSecond)),
        ]
    }

    private func received(_ signal: Int32) {
        if signal == SIGHUP {
            if succession.requested() { reload() }
            return
        }
        guard succession.stopped() else { _exit(128 + signal) }
        log.write(
            LogEvent(.info, "daemon.draining", [LogField("signal", .string(signal == SIGTERM ? "SIGTERM" : "SIGINT"))]))
        manager.stopping("finishing what is in flight")
        daemon.drain()
    }

    /// Opens what the configuration says now, and has the daemon drained for it.
    private func reload() {
        manager.reloading()
        Task {
            do throws(CommandFailure) {
                let next = try await open()
                guard succession.opened() else { return await next.session.close() }
                successor = next
                daemon.drain()
            } catch {
                notTaken(error.lines)
                if succession.failed() { reload() }
            }
        }
    }

    /// Reads the configuration again and opens everything it names, while the old session works on.
    private func open() async throws(CommandFailure) -> Holding {
        let setup = try Setup.load(atPath: path)
        try setup.checkMetricsFile()
        let lock = try InstanceLock.take(setup.settings.store.path, having: present.lock)
        // The old session works on: what is wrong with the new one's database is no trouble of the store's.
        let session = try await Session.open(setup, mode: .daemon, tellsTrouble: false, log: log, meter: metrics)
        return Holding(session: session, lock: lock)
    }

    private func notTaken(_ problems: [String]) {
        for problem in problems {
            log.write(LogEvent(.error, "daemon.reload_failed", [LogField("error", .string(problem))]))
        }
        metrics.reloaded(isTaken: false)
        guard !succession.isStopping else { return }
        manager.ready("the new configuration is bad; the old one stays")
    }

    private func takeOver(_ next: Holding) async {
        await present.session.close()
        present = next
        log.adopt(next.session.setup.settings.log)
        daemon = next.session.daemon(manager: manager)
        metrics.adopt(next.session)
        metrics.reloaded(isTaken: true)
        log.write(LogEvent(.info, "daemon.reloaded", readyFields))
        // It may have been told to end while the old session closed.
        guard !succession.isStopping else { return daemon.drain() }
        manager.ready("watching \(next.session.setup.settings.store.path)")
        if succession.adopted() { reload() }
    }
}

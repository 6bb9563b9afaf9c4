internal import Configuration
internal import Engine
internal import Glibc
internal import Ledger
internal import Observability
internal import Reconciliation

/// The daemon: a session that runs until a signal, replaced by another one when the configuration is read again.
///
///     working ──SIGHUP──▶ reloading ──opened──▶ draining ──closed──▶ working, by the new configuration
///                          └──refused──▶ working, by the old one
///
/// The old session's database stays locked until it is closed; the new one's, where it is another, is locked before it
/// is opened. A SIGHUP that comes before the new session works is answered by reading the configuration once more.
@Loop
final class RunCommand {
    private let path: String
    private let log: LoopLog
    private let metrics: Metrics
    private let manager = LoopServiceManager()
    private var lock: InstanceLock?
    private var session: Session
    private var daemon: Daemon
    /// Takes the place of `session` when its daemon has drained.
    private var successor: Successor?
    private var isReloading = false
    private var isReloadWanted = false
    private var isStopping = false

    private struct Successor {
        var session: Session
        /// Nil where the database is the same.
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
        let lock = try InstanceLock.take(setup.settings.store.path)
        defer { log.finish() }
        try setup.checkMetricsFile()
        let metrics = Metrics(version: Version.current, time: SystemTime(), log: log)
        let session = try await Session.open(setup, mode: .daemon, log: log, meter: metrics)
        let command = RunCommand(
            path: Setup.path(arguments), log: log, metrics: metrics, lock: lock, session: session)
        await command.run()
        return .ok
    }

    private init(path: String, log: LoopLog, metrics: Metrics, lock: InstanceLock?, session: Session) {
        self.path = path
        self.log = log
        self.metrics = metrics
        self.lock = lock
        self.session = session
        daemon = session.daemon(manager: manager)
        metrics.adopt(session)
    }

    private func run() async {
        let signals = Signals()
        await signals.listen(to: [SIGTERM, SIGINT, SIGHUP]) { self.received($0) }
        log.write(LogEvent(.info, "daemon.ready", readyFields))
        manager.ready("watching \(session.setup.settings.store.path)")
        await daemon.run()
        while let next = successor {
            successor = nil
            await replace(by: next)
            await daemon.run()
        }
        await metrics.finish()
        await session.close()
        signals.cancel()
        log.write(LogEvent(.info, "daemon.stopped"))
    }

    private var readyFields: [LogField] {
        let settings = session.setup.settings
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
            isReloadWanted = true
            return reloadIfWanted()
        }
        guard !isStopping else { _exit(128 + signal) }
        isStopping = true
        log.write(
            LogEvent(.info, "daemon.draining", [LogField("signal", .string(signal == SIGTERM ? "SIGTERM" : "SIGINT"))]))
        manager.stopping("finishing what is in flight")
        daemon.drain()
    }

    private func reloadIfWanted() {
        guard isReloadWanted, !isReloading, successor == nil, !isStopping else { return }
        isReloadWanted = false
        isReloading = true
        Task {
            await reload()
            isReloading = false
            reloadIfWanted()
        }
    }

    /// Reads the configuration again and opens everything it names, before the old session is let go.
    private func reload() async {
        manager.reloading()
        do throws(CommandFailure) {
            let setup = try Setup.load(atPath: path)
            try setup.checkMetricsFile()
            let newLock =
                lock?.isOf(database: setup.settings.store.path) == true
                ? nil : try InstanceLock.take(setup.settings.store.path)
            // The old session works on: what is wrong with the new one's database is no trouble of the store's.
            let next = try await Session.open(setup, mode: .daemon, tellsTrouble: false, log: log, meter: metrics)
            guard !isStopping else { return await next.close() }
            successor = Successor(session: next, lock: newLock)
            daemon.drain()
        } catch {
            reloadFailed(error.lines)
        }
    }

    private func reloadFailed(_ problems: [String]) {
        for problem in problems {
            log.write(LogEvent(.error, "daemon.reload_failed", [LogField("error", .string(problem))]))
        }
        metrics.reloaded(isTaken: false)
        manager.ready("the new configuration is bad; the old one stays")
    }

    private func replace(by successor: Successor) async {
        await session.close()
        if let newLock = successor.lock { lock = newLock }
        let next = successor.session
        session = next
        log.adopt(next.setup.settings.log)
        daemon = next.daemon(manager: manager)
        metrics.adopt(next)
        metrics.reloaded(isTaken: true)
        log.write(LogEvent(.info, "daemon.reloaded", readyFields))
        manager.ready("watching \(next.setup.settings.store.path)")
        if isStopping { daemon.drain() }
        reloadIfWanted()
    }
}

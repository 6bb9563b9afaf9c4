internal import Configuration
internal import Console
internal import Engine
internal import Glibc
internal import Observability

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

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        // Before the file is read for the first time: a wish to read it again must not end what is just beginning.
        let wishes = Signals()
        let ends = Signals()
        await wishes.listen(to: [SIGHUP])
        await ends.listen(to: [SIGTERM, SIGINT])
        defer {
            wishes.cancel()
            ends.cancel()
        }
        let path = Setup.path(arguments)
        let setup = try Setup.load(atPath: path)
        let log = LoopLog(setup.settings.log)
        log.write(.started(setup, configuration: path))
        defer { log.finish() }
        ends.hand { endEarly($0, log) }
        let metrics = Metrics(version: Version.current, time: SystemTime(), log: log)
        // Without a name of its own here the first session, and its database's lock, go when another takes its place.
        await RunCommand(
            path: path, log: log, metrics: metrics, present: try await Holding.open(setup, log: log, metrics: metrics)
        ).run(wishes, ends)
        return .ok
    }

    /// Nothing waits to be finished before the daemon runs, and what is cut off, a migration say, is undone.
    private static func endEarly(_ signal: Int32, _ log: LoopLog) -> Never {
        log.write(.draining(signal))
        log.write(.stopped)
        log.finish()
        _exit(ExitCode.ok.rawValue)
    }

    private init(path: String, log: LoopLog, metrics: Metrics, present: Holding) {
        self.path = path
        self.log = log
        self.metrics = metrics
        self.present = present
        daemon = present.session.daemon(manager: manager)
        metrics.adopt(present.session)
    }

    private func run(_ signals: Signals...) async {
        log.write(.ready(present.session.setup.settings))
        manager.ready("watching \(present.session.setup.settings.store.path)")
        for kind in signals { kind.hand(to: received) }
        await daemon.run()
        while succession.drained(), let next = successor {
            successor = nil
            await takeOver(next)
            await daemon.run()
        }
        await successor?.session.close()
        await metrics.finish()
        await present.session.close()
        log.write(.stopped)
    }

    private func received(_ signal: Int32) {
        if signal == SIGHUP {
            if succession.requested() { reload() }
            return
        }
        guard succession.stopped() else { _exit(128 + signal) }
        log.write(.draining(signal))
        manager.stopping("finishing what is in flight")
        daemon.drain()
    }

    /// Opens what the configuration says now, and has the daemon drained for it.
    private func reload() {
        manager.reloading()
        Task {
            do throws(CommandFailure) {
                let setup = try Setup.load(atPath: path)
                let next = try await Holding.open(setup, beside: present, log: log, metrics: metrics)
                guard succession.opened() else { return await next.session.close() }
                successor = next
                daemon.drain()
            } catch {
                notTaken(error.lines)
                if succession.failed() { reload() }
            }
        }
    }

    private func notTaken(_ problems: [String]) {
        for problem in problems {
            log.write(.reloadFailed(problem))
        }
        metrics.reloaded(isTaken: false)
        guard !succession.isStopping else { return }
        manager.ready("the new configuration is bad; the old one stays")
    }

    private func takeOver(_ next: Holding) async {
        await present.session.close()
        next.session.succeed(present.session)
        present = next
        log.adopt(next.session.setup.settings.log)
        daemon = next.session.daemon(manager: manager)
        metrics.adopt(next.session)
        metrics.reloaded(isTaken: true)
        log.write(.reloaded(next.session.setup.settings))
        // It may have been told to end while the old session closed.
        guard !succession.isStopping else { return daemon.drain() }
        manager.ready("watching \(next.session.setup.settings.store.path)")
        if succession.adopted() { reload() }
    }
}

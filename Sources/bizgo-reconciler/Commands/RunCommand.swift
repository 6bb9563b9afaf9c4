internal import Engine
internal import Glibc
internal import Ledger
internal import Operations

/// The daemon: a session that runs until a signal, replaced by another one when the configuration is read again.
///
/// Once it is told to end, it is over within five seconds, whatever hangs:
///
///       0 s  no question is begun any more, no lock waited for beyond `forAlerts`
///       2 s  questions under way are broken off; what is answered is committed, and alerts are told
///       3 s  deliveries of alerts are broken off
///    4.25 s  `LastResort`
@Loop
final class RunCommand {
    private static let forQuestions = Duration.seconds(2)
    private static let forAlerts = Duration.seconds(3)

    private let path: String
    private let log: LoopLog
    private let metrics: Metrics
    private let manager = LoopServiceManager()
    private let patience: Patience
    private var cutOff = CutOff()
    private var present: Holding
    private var daemon: Daemon
    /// Takes the place of `present` when its daemon has drained.
    private var successor: Holding?
    private var succession = Succession()

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        // Before the file is read for the first time: a wish to read it again must not end what is just beginning.
        let wishes = Signals()
        let lastResort = LastResort()
        let ends = Signals { lastResort.called(by: $0) }
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
        let patience = Patience()
        // Without a name of its own here the first session, and its database's lock, go when another takes its place.
        let daemon = RunCommand(
            path: path, log: log, metrics: metrics, patience: patience,
            present: try await Holding.open(setup, log: log, metrics: metrics, patience: patience))
        lastResort.lastWords = { [weak daemon] in daemon?.leaveUnfinished() }
        await daemon.run(wishes, ends)
        return .ok
    }

    /// Nothing waits to be finished before the daemon runs, and what is cut off, a migration say, is undone.
    private static func endEarly(_ signal: Int32, _ log: LoopLog) -> Never {
        log.write(.draining(signal))
        log.write(.stopped())
        log.finish()
        _exit(ExitCode.ok.rawValue)
    }

    private init(path: String, log: LoopLog, metrics: Metrics, patience: Patience, present: Holding) {
        self.path = path
        self.log = log
        self.metrics = metrics
        self.patience = patience
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
        sayLastWords()
    }

    private func sayLastWords() {
        cutOff.waitedForDatabase = patience.hasCutOff
        log.write(.stopped(cutOff))
        log.finish()
    }

    /// The last resort is about to end the process.
    private func leaveUnfinished() {
        cutOff.isUnfinished = true
        sayLastWords()
    }

    private func received(_ signal: Int32) {
        if signal == SIGHUP {
            if succession.requested() { reload() }
            return
        }
        guard succession.stopped() else { return }
        log.write(.draining(signal))
        manager.stopping("finishing what is in flight")
        patience.end(after: Self.forAlerts)
        daemon.drain()
        Task { await breakOff() }
    }

    /// What has not ended in time.
    private func breakOff() async {
        let time = SystemTime()
        guard (try? await time.sleep(for: Self.forQuestions)) != nil else { return }
        cutOff.questions = sessions.reduce(0) { $0 + $1.breakOffQuestions() }
        guard (try? await time.sleep(for: Self.forAlerts - Self.forQuestions)) != nil else { return }
        cutOff.alerts = sessions.reduce(0) { $0 + $1.breakOffAlerts() }
    }

    private var sessions: [Session] { [present.session, successor?.session].compactMap(\.self) }

    /// Opens what the configuration says now, and has the daemon drained for it.
    private func reload() {
        manager.reloading()
        Task {
            do throws(CommandFailure) {
                let setup = try Setup.load(atPath: path)
                let next = try await Holding.open(
                    setup, beside: present, log: log, metrics: metrics, patience: patience)
                guard succession.opened() else { return await next.session.close() }
                metrics.reloaded(isTaken: true)
                successor = next
                daemon.drain()
            } catch {
                guard !succession.isStopping else { return }
                notTaken(error.lines)
                if succession.failed() { reload() }
            }
        }
    }

    private func notTaken(_ problems: [String]) {
        metrics.reloaded(isTaken: false)
        for problem in problems {
            log.write(.reloadFailed(problem))
        }
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

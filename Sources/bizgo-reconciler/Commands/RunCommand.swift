internal import Alerting
internal import BizgoAPI
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// The daemon: a session that runs until a signal, replaced by another one when the configuration is read again. At a server
/// that several daemons share, it stands by first (`Standby`), and again when another one has taken the work from it.
///
/// Once it is told to end, it is over within five seconds, whatever hangs:
///
///       0 s  no question is begun any more, no lock waited for beyond `forAlerts`
///            nobody is let in any more, requests that have come are answered
///       2 s  questions under way are broken off; what is answered is committed, and alerts are told
///       3 s  deliveries of alerts are broken off, and connections that are not answered yet
///    4.25 s  `LastResort`
@EventLoop
final class RunCommand {
    private static let forQuestions = Duration.seconds(2)
    private static let forAlerts = Duration.seconds(3)

    private let path: String
    private let log: LineLog
    private let metrics: Metrics
    private let manager = ServiceNotifier()
    private let patience: Patience
    private var cutOff = CutOff()
    private var present: LockedSession
    private var daemon: Daemon
    /// Takes the place of `present` when its daemon has drained.
    private var successor: LockedSession?
    private let listener: Listener
    /// What `successor` listens on, where that is another place.
    private var opened: Listener.Door?
    private var reloadState = ReloadState()
    /// Whether another instance works by now.
    private var isSuperseded = false
    /// Told to end, while it ended because it is superseded.
    private var isToldToEnd = false

    private enum End {
        case told
        /// With the configuration that it worked by, and whether that is to be read again.
        case superseded(LoadedConfiguration, isReloadOwed: Bool)
    }

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
        let path = LoadedConfiguration.path(arguments)
        var loaded = try LoadedConfiguration.load(atPath: path)
        let log = LineLog(loaded.settings.log)
        log.write(.started(loaded, configuration: path))
        defer { log.finish() }
        let metrics = Metrics(version: Version.current, time: SystemTime(), log: log)
        let patience = Patience()
        var isFirst = true
        var isReloadOwed = false
        while true {
            let standby = Standby(loaded, path: path, log: log, patience: patience, mayFail: isFirst)
            if loaded.settings.store.place.isShared { lastResort.lastWords = { log.write(.stopped()) } }
            guard let start = try await standby.start(wishes, ends, rereading: isReloadOwed) else {
                log.write(.stopped())
                return .ok
            }
            isFirst = false
            loaded = start.loaded
            isReloadOwed = false
            ends.hand { endEarly($0, log, start.turn?.turns) }
            let daemon = try await open(start, path, log, metrics, patience)
            guard let daemon else { continue }
            try await daemon.listen()
            lastResort.lastWords = { [weak daemon] in daemon?.leaveUnfinished() }
            guard case .superseded(let last, let isOwed) = await daemon.run(wishes, ends) else { return .ok }
            loaded = last
            isReloadOwed = isOwed
        }
    }

    /// - Returns: nil where another instance was faster meanwhile.
    private static func open(
        _ start: Standby.Start, _ path: String, _ log: LineLog, _ metrics: Metrics, _ patience: Patience
    ) async throws(CommandFailure) -> RunCommand? {
        do throws(CommandFailure) {
            // Without a name of its own the first session goes when another takes its place.
            return RunCommand(
                path: path, log: log, metrics: metrics, patience: patience,
                present: try await LockedSession.open(
                    start.loaded, with: start.turn.map { ($0.turns, $0.turn) }, log: log, metrics: metrics,
                    patience: patience))
        } catch {
            guard let (turns, turn) = start.turn else { throw error }
            await turns.keeper(.cycles).look()
            let isOurs = turn.isOurs
            await turns.close()
            if isOurs { throw error }
            return nil
        }
    }

    /// Nothing waits to be finished before the daemon runs, and what is cut off, a migration say, is undone.
    /// - Parameter turns: what is given back before; nil where it ends with the process.
    private static func endEarly(_ signal: Int32, _ log: LineLog, _ turns: ServerTurns?) {
        log.write(.draining(signal))
        guard let turns else { leave(log) }
        EventLoop.task { [self] in
            await turns.close()
            leave(log)
        }
    }

    private static func leave(_ log: LineLog) -> Never {
        log.write(.stopped())
        log.finish()
        _exit(ExitCode.ok.rawValue)
    }

    private init(path: String, log: LineLog, metrics: Metrics, patience: Patience, present: LockedSession) {
        self.path = path
        self.log = log
        self.metrics = metrics
        self.patience = patience
        self.present = present
        daemon = present.session.daemon(manager: manager)
        listener = Listener(sockets: Invocation.sockets, time: SystemTime(), meter: metrics)
        metrics.adopt(present.session)
    }

    /// - Throws: exit 78 where it cannot listen.
    private func listen() async throws(CommandFailure) {
        do throws(CommandFailure) {
            listener.adopt(routes, try listener.open(present.session.loaded.settings))
        } catch {
            await present.session.close()
            await present.close()
            throw error
        }
    }

    private var routes: Listener.Routes {
        Listener.Routes(present.session, metrics: metrics) { [weak self] in self?.daemon.isReady ?? false }
    }

    private func run(_ signals: Signals...) async -> End {
        log.write(.ready(present.session.loaded.settings))
        manager.ready("watching \(present.session.loaded.settings.store.place.text)")
        for kind in signals { kind.hand(to: received) }
        watchTurn()
        await daemon.run()
        while reloadState.drained(), let next = successor {
            successor = nil
            await takeOver(next)
            await daemon.run()
        }
        present.session.webhooks.goOn()
        await listener.close()
        opened?.close()
        await successor?.session.close()
        await successor?.end(for: present)
        await metrics.finish()
        await present.session.end()
        for kind in signals { kind.keep() }
        await present.close()
        guard isSuperseded, !isToldToEnd else {
            sayLastWords()
            return .told
        }
        metrics.leave()
        return .superseded(present.session.loaded, isReloadOwed: reloadState.isReloadOwed)
    }

    /// Ends this session when another instance has the work.
    private func watchTurn() {
        present.onLoss { [weak self] in self?.superseded() }
    }

    private func superseded() {
        guard reloadState.stopped() else { return }
        isSuperseded = true
        manager.status("another instance works on the database: finishing what is in flight")
        // What is known here alone is over: the database is worked on.
        present.session.alerts.storeRecovered()
        finish()
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
            if reloadState.requested() { reload() }
            return
        }
        isToldToEnd = true
        let isFirst = reloadState.stopped()
        guard isFirst || isSuperseded else { return }
        log.write(.draining(signal))
        manager.stopping("finishing what is in flight")
        patience.end(after: Self.forAlerts)
        if isFirst { finish() }
    }

    /// Begins nothing more.
    private func finish() {
        for session in sessions {
            session.sends?.stop()
            session.verification?.stop()
        }
        listener.leave(within: Self.forAlerts)
        daemon.drain()
        EventLoop.task { [self] in await breakOff() }
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
        EventLoop.task { [self] in
            do throws(CommandFailure) {
                let loaded = try LoadedConfiguration.load(atPath: path)
                let next = try await LockedSession.open(
                    loaded, beside: present, log: log, metrics: metrics, patience: patience)
                let door = try await door(of: next)
                guard reloadState.opened() else {
                    door?.close()
                    await next.session.close()
                    return await next.end(for: present)
                }
                opened = door
                metrics.reloaded(isTaken: true)
                successor = next
                daemon.drain()
            } catch {
                guard !reloadState.isStopping else { return }
                notTaken(error.lines)
                if reloadState.failed() { reload() }
            }
        }
    }

    /// Opened while the one there is still serves, so that nobody is turned away.
    private func door(of next: LockedSession) async throws(CommandFailure) -> Listener.Door? {
        do throws(CommandFailure) {
            return try listener.open(next.session.loaded.settings)
        } catch {
            await next.session.close()
            await next.end(for: present)
            throw error
        }
    }

    private func notTaken(_ problems: [String]) {
        metrics.reloaded(isTaken: false)
        for problem in problems {
            log.write(.reloadFailed(problem))
        }
        manager.ready("the new configuration is bad; the old one stays")
    }

    private func takeOver(_ next: LockedSession) async {
        await present.session.close()
        await present.end(for: next)
        next.session.succeed(present.session)
        present = next
        watchTurn()
        log.adopt(next.session.loaded.settings.log)
        let former = daemon
        daemon = next.session.daemon(manager: manager)
        daemon.succeed(former)
        metrics.adopt(next.session)
        listener.adopt(routes, opened)
        opened = nil
        metrics.reloaded(isTaken: true)
        log.write(.reloaded(next.session.loaded.settings))
        // It may have been told to end while the old session closed.
        guard !reloadState.isStopping else { return daemon.drain() }
        manager.ready("watching \(next.session.loaded.settings.store.place.text)")
        if reloadState.adopted() { reload() }
    }
}

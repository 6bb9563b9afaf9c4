internal import Alerting
internal import BizgoAPI
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// The daemon: a session that runs until a signal, replaced by another one when the configuration is read again.
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
        let loaded = try LoadedConfiguration.load(atPath: path)
        let log = LineLog(loaded.settings.log)
        log.write(.started(loaded, configuration: path))
        defer { log.finish() }
        ends.hand { endEarly($0, log) }
        let metrics = Metrics(version: Version.current, time: SystemTime(), log: log)
        let patience = Patience()
        // Without a name of its own here the first session, and its database's lock, go when another takes its place.
        let daemon = RunCommand(
            path: path, log: log, metrics: metrics, patience: patience,
            present: try await LockedSession.open(loaded, log: log, metrics: metrics, patience: patience))
        try await daemon.listen()
        lastResort.lastWords = { [weak daemon] in daemon?.leaveUnfinished() }
        await daemon.run(wishes, ends)
        return .ok
    }

    /// Nothing waits to be finished before the daemon runs, and what is cut off, a migration say, is undone.
    private static func endEarly(_ signal: Int32, _ log: LineLog) -> Never {
        log.write(.draining(signal))
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
            throw error
        }
    }

    private var routes: Listener.Routes {
        Listener.Routes(present.session, metrics: metrics) { [weak self] in self?.daemon.isReady ?? false }
    }

    private func run(_ signals: Signals...) async {
        log.write(.ready(present.session.loaded.settings))
        manager.ready("watching \(present.session.loaded.settings.store.path)")
        for kind in signals { kind.hand(to: received) }
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
        await metrics.finish()
        await present.session.end()
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
            if reloadState.requested() { reload() }
            return
        }
        guard reloadState.stopped() else { return }
        log.write(.draining(signal))
        manager.stopping("finishing what is in flight")
        patience.end(after: Self.forAlerts)
        for session in sessions {
            session.sends?.stop()
            session.verification?.stop()
        }
        listener.leave(within: Self.forAlerts)
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
                let loaded = try LoadedConfiguration.load(atPath: path)
                let next = try await LockedSession.open(
                    loaded, beside: present, log: log, metrics: metrics, patience: patience)
                let door = try await door(of: next)
                guard reloadState.opened() else {
                    door?.close()
                    return await next.session.close()
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
        next.session.succeed(present.session)
        present = next
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
        manager.ready("watching \(next.session.loaded.settings.store.path)")
        if reloadState.adopted() { reload() }
    }
}

/// One pass over all that is due, then the alerts it causes.
@EventLoop
enum OnceCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        let isPreview = arguments.has(.dryRun)
        let log = LineLog(loaded.settings.log, descriptor: arguments.has(.json) ? STDERR_FILENO : STDOUT_FILENO)
        defer { log.finish() }
        let lock = try InstanceLock.take(loaded.settings.store.path, mayCreate: !isPreview)
        defer { withExtendedLifetime(lock) {} }
        let session = try await Session.open(
            loaded, mode: isPreview ? .preview : .single, log: isPreview ? DryRunLog(log) : log)
        let outcome = await session.reconciler().cycle()
        await session.sends?.workOnce()
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
            session.alerts.storeTrouble(trouble)
        } else {
            session.alerts.storeRecovered()
        }
        await session.alerts.flush()
    }
}

// `daemon.*` of the log.
extension LogEvent {
    fileprivate static func started(_ loaded: LoadedConfiguration, configuration: String) -> LogEvent {
        LogEvent(
            .info, .daemonStarted,
            [
                LogField("version", .string(Version.current)), LogField("pid", .integer(Int(getpid()))),
                LogField("config", .string(configuration)), LogField("database", .string(loaded.settings.store.path)),
            ])
    }

    fileprivate static func ready(_ settings: Settings) -> LogEvent {
        LogEvent(.info, .daemonReady, settings.eventFields)
    }

    fileprivate static func reloaded(_ settings: Settings) -> LogEvent {
        LogEvent(.info, .daemonReloaded, settings.eventFields)
    }

    fileprivate static func reloadFailed(_ problem: String) -> LogEvent {
        LogEvent(.error, .daemonReloadFailed, [LogField("error", .string(problem))])
    }

    fileprivate static func draining(_ signal: Int32) -> LogEvent {
        LogEvent(.info, .daemonDraining, [LogField("signal", .string(signal == SIGTERM ? "SIGTERM" : "SIGINT"))])
    }

    /// - Parameter cutOff: what did not end in time.
    fileprivate static func stopped(_ cutOff: CutOff = CutOff()) -> LogEvent {
        let words = cutOff.words
        let field = words.isEmpty ? [] : [LogField("cut_off", .string(words.joined(separator: ",")))]
        return LogEvent(words.isEmpty ? .info : .warn, .daemonStopped, field)
    }
}

/// What a daemon that had to end did not wait for. All of it is still due: asked, told or written by the next one.
private struct CutOff {
    /// To the provider.
    var questions = 0
    /// Deliveries to sinks.
    var alerts = 0
    /// A lock, or a statement that takes long.
    var waitedForDatabase = false
    /// Whatever else there was.
    var isUnfinished = false

    var words: [String] {
        [
            questions > 0 ? "questions:\(questions)" : nil, alerts > 0 ? "alerts:\(alerts)" : nil,
            waitedForDatabase ? "database" : nil, isUnfinished ? "unfinished" : nil,
        ].compactMap(\.self)
    }
}

extension Settings {
    fileprivate var eventFields: [LogField] {
        [
            LogField("provider", .string(api.baseURL)),
            LogField("interval", .string(DurationText.format(reconcile.interval))),
            LogField("after", .string(DurationText.format(reconcile.policy.after))),
            LogField("stale_after", .string(reconcile.policy.staleAfterText)),
            LogField("requests_per_second", .double(api.requestsPerSecond)),
        ] + (http.listen.map { [LogField("listen", .string($0.text))] } ?? [])
    }
}

internal import Alerting
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// A daemon that does not work, since another one works on the database: it looks at the lease, listens on nothing, tells
/// nobody anything and asks the provider nothing. A database that is a file is waited for by nobody.
@EventLoop
final class Standby {
    /// What a session begins with.
    struct Start {
        var loaded: LoadedConfiguration
        /// Nil where it is to be taken: of a file.
        var turn: (turns: ServerTurns, turn: any Turn)?
    }

    private var loaded: LoadedConfiguration
    private let path: String
    private let log: LineLog
    private let patience: Patience
    /// Whether a server that cannot be reached ends it, as a file does that cannot be opened. Who has stood by waits.
    private let mayFail: Bool
    private let manager = ServiceNotifier()
    private let time = SystemTime()
    private let progress: Progress
    private var keeper: LeaseKeeper?
    /// Tells that the store's trouble is over which this host was the last to tell of.
    private var alerts: AlertDispatcher?
    /// Configurations taken.
    private var reloads = 0
    private var isToldToEnd = false
    /// The service manager knows it.
    private var told: String?

    init(_ loaded: LoadedConfiguration, path: String, log: LineLog, patience: Patience, mayFail: Bool) {
        self.loaded = loaded
        self.path = path
        self.log = log
        self.patience = patience
        self.mayFail = mayFail
        progress = Progress(time: time)
    }

    /// Returns when there is work for this process; nil when it is told to end before.
    /// - Parameter isReloadOwed: the configuration is read again first.
    func start(
        _ wishes: Signals, _ ends: Signals, rereading isReloadOwed: Bool
    ) async throws(CommandFailure) -> Start? {
        if isReloadOwed { reload() }
        guard case .server = loaded.settings.store.place else { return Start(loaded: loaded) }
        wishes.hand { [weak self] _ in self?.reload() }
        ends.hand { [weak self] in self?.end($0) }
        let ticker = manager.watchdogInterval.map { interval in
            Ticker(every: interval / 3) { [weak self] in self?.feedWatchdog() }
        }
        defer {
            ticker?.cancel()
            for kind in [wishes, ends] { kind.keep() }
            leaveAlerts()
        }
        manager.ready("standing by")
        while !isToldToEnd {
            guard case .server = loaded.settings.store.place else { return Start(loaded: loaded) }
            let turns = ServerTurns(loaded.settings, patience: patience, log: log)
            if let turn = try await turn(turns) { return Start(loaded: loaded, turn: (turns, turn)) }
            await turns.close()
        }
        return nil
    }

    /// Nil where it is not waited for any more: told to end, or to look elsewhere.
    private func turn(_ turns: ServerTurns) async throws(CommandFailure) -> (any Turn)? {
        let keeper = turns.keeper(.cycles)
        let reloads = reloads
        self.keeper = keeper
        defer { self.keeper = nil }
        keeper.onLook = { [weak self, weak keeper] in
            self?.progress.finished()
            if let keeper { self?.tell(keeper) }
        }
        if mayFail, !isToldToEnd { try await firstLook(keeper, turns) }
        // A turn of the old configuration is none of the new one's.
        guard !isToldToEnd, reloads == self.reloads else { return nil }
        keeper.start()
        guard await keeper.had() != nil, !isToldToEnd, reloads == self.reloads else { return nil }
        return turns.turn(.cycles)
    }

    private func firstLook(_ keeper: LeaseKeeper, _ turns: ServerTurns) async throws(CommandFailure) {
        do throws(LedgerError) {
            try await keeper.confirm()
        } catch {
            guard error.isTrouble, !isToldToEnd else { return }
            await turns.close()
            await Session.tell(error, loaded, log)
            throw CommandFailure(error)
        }
    }

    private func tell(_ keeper: LeaseKeeper) {
        guard keeper.term == nil else { return }
        let status =
            keeper.failure.map { "standing by, and cannot take over: \($0.message)" }
            ?? "standing by: \(keeper.owner?.text ?? "another instance") works on \(loaded.settings.store.place.text)"
        guard status != told else { return }
        told = status
        manager.status(status)
        guard keeper.failure == nil, keeper.owner != nil else { return }
        // What this host's last worker has left, if it was killed: its age would say that nobody works.
        loaded.metricsFile?.remove()
        storeWorks()
    }

    /// The database answers, and is worked on: trouble that a start which failed has told, or this host's last worker, is over.
    /// Nobody else knows of it.
    private func storeWorks() {
        let alerts =
            alerts
            ?? Session.alerts(beside: LedgerError(.superseded, "another instance works on it"), loaded, log)
        self.alerts = alerts
        alerts.storeRecovered()
    }

    /// What a sink has not taken is for the next one to tell.
    private func leaveAlerts() {
        _ = alerts?.breakOff()
        alerts = nil
    }

    private func feedWatchdog() {
        if !progress.isOverdue(after: loaded.settings.reconcile.interval + .seconds(60)) { manager.alive() }
    }

    private func end(_ signal: Int32) {
        guard !isToldToEnd else { return }
        isToldToEnd = true
        log.write(.draining(signal))
        manager.stopping("standing by no more")
        patience.end(after: .seconds(1))
        keeper?.stop()
    }

    /// A new configuration is looked by from then on; a bad one is reported, and the old one stays.
    private func reload() {
        manager.reloading()
        do throws(CommandFailure) {
            loaded = try LoadedConfiguration.load(atPath: path)
            log.adopt(loaded.settings.log)
            log.write(.reloaded(loaded.settings))
            manager.ready("standing by")
            told = nil
            reloads += 1
            leaveAlerts()
            keeper?.stop()
        } catch {
            for problem in error.lines { log.write(.reloadFailed(problem)) }
            manager.ready("the new configuration is bad; the old one stays")
            told = nil
        }
    }
}

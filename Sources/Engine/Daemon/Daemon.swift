internal import Reconciliation

/// Runs cycles on a timer, never two at a time, until it is told to drain.
@EventLoop
package final class Daemon {
    package struct Configuration: Sendable {
        package var interval: Duration
        /// When nothing has finished for so long although something was due, the watchdog is not fed.
        package var patience: Duration

        package init(interval: Duration, patience: Duration) {
            self.interval = interval
            self.patience = patience
        }
    }

    private let reconciler: Reconciler
    private let ledger: any Ledger
    private let alerts: any AlertNotifier
    private let webhooks: WebhookIntake?
    private let manager: any ServiceManager
    private let heartbeat: Heartbeat?
    private let progress: Progress
    private let configuration: Configuration
    private let log: any Log
    private let makeTicker: TickerMaker
    private let onInterval: @EventLoop () -> Void

    private var cycle: Task<Void, Never>?
    private var isDraining = false
    private var isDrained = false
    private var hasStoreTrouble = false
    /// Whether a cycle ran, whatever the provider said, and the store has been good since.
    package private(set) var isReady = false
    private var tickers: [any Ticking] = []
    private var ended: CheckedContinuation<Void, Never>?

    /// - Parameter onInterval: called at once and then every interval, also while a cycle goes on, until it is to drain.
    package init(
        reconciler: Reconciler, ledger: any Ledger, alerts: any AlertNotifier, webhooks: WebhookIntake? = nil,
        manager: any ServiceManager, heartbeat: Heartbeat? = nil, progress: Progress, configuration: Configuration,
        log: any Log,
        makeTicker: @escaping TickerMaker = { Ticker(every: $0, handler: $1) },
        onInterval: @escaping @EventLoop () -> Void = {}
    ) {
        self.reconciler = reconciler
        self.ledger = ledger
        self.alerts = alerts
        self.webhooks = webhooks
        self.manager = manager
        self.heartbeat = heartbeat
        self.progress = progress
        self.configuration = configuration
        self.log = log
        self.makeTicker = makeTicker
        self.onInterval = onInterval
    }

    /// Takes the place of one that has ended.
    package func succeed(_ earlier: Daemon) {
        isReady = earlier.isReady
    }

    /// Returns when it has been drained; at once where it was before.
    package func run() async {
        guard !isDrained else { return }
        await withCheckedContinuation { continuation in
            ended = continuation
            tickers.append(makeTicker(configuration.interval) { [weak self] in self?.tick() })
            if let interval = manager.watchdogInterval {
                // Three chances in each of the manager's periods.
                tickers.append(makeTicker(interval / 3) { [weak self] in self?.feedWatchdog() })
            }
        }
    }

    /// Begins no further cycle; the one under way finishes what is in flight and commits it.
    package func drain() {
        guard !isDraining else { return }
        isDraining = true
        cycle?.cancel()
        EventLoop.task { [self] in
            await cycle?.value
            await webhooks?.drain()
            await alerts.drain()
            for ticker in tickers { ticker.cancel() }
            tickers = []
            isDrained = true
            ended?.resume()
            ended = nil
        }
    }

    private func tick() {
        guard !isDraining else { return }
        reconciler.ticked()
        webhooks?.intervalPassed()
        onInterval()
        guard cycle == nil else { return lookAfterCycle() }
        cycle = EventLoop.task { [self] in
            // A backlog goes on at once: a new cycle, so that what has come due meanwhile gets its share.
            while report(await reconciler.cycle()), !isDraining {}
            cycle = nil
        }
    }

    private func lookAfterCycle() {
        EventLoop.task { [self] in
            if await reconciler.noteUnfinished() { alerts.wake() }
        }
    }

    /// - Returns: whether there is more to do right away.
    private func report(_ outcome: Reconciler.Outcome) -> Bool {
        defer { alerts.wake() }
        if case .storeFailed(let error, _) = outcome, !error.isTrouble { return false }
        isReady = outcome.storeTrouble == nil
        // One that was told to end says nothing of how things are.
        if !isDraining { heartbeat?.cycleEnded(isWorking: outcome.isWorking) }
        tell(of: outcome.storeTrouble)
        switch outcome {
        case .completed(let summary):
            progress.finished()
            manager.status(
                "provider \(summary.provider.rawValue); last cycle: \(summary.due) due, \(summary.sent) sent, "
                    + "\(summary.deadLetterCount) dead letters, \(summary.stillPending) still pending")
            return summary.isCutShort
        case .storeFailed(let error, _):
            manager.status("the store cannot be worked on: \(error.message)")
            return false
        }
    }

    private func tell(of trouble: LedgerError?) {
        if let trouble {
            hasStoreTrouble = true
            alerts.storeTrouble(trouble)
            return
        }
        if hasStoreTrouble {
            hasStoreTrouble = false
            log.write(LogEvent(.info, .storeRecovered))
        }
        // An earlier process may have told of trouble that is over.
        alerts.storeRecovered()
    }

    /// Fed by progress: while a cycle runs, by what it finished lately; between cycles, by a store that can be read.
    private func feedWatchdog() {
        guard cycle == nil else {
            if !progress.isOverdue(after: configuration.patience) { manager.alive() }
            return
        }
        EventLoop.task { [self] in
            guard (try? await ledger.probe()) != nil else { return }
            progress.finished()
            manager.alive()
        }
    }
}

/// When something was last finished: a request with whatever outcome, a commit, an alert attempt, a look that found
/// nothing due in a readable store. The watchdog is fed by this and by nothing else.
@EventLoop
package final class Progress {
    private var lastFinished: Duration
    /// Until when a request knowingly waits for its turn. A low rate or a long `Retry-After` is no hang.
    private var waitsUntil: Duration
    private let time: any Timekeeper

    package init(time: any Timekeeper) {
        self.time = time
        lastFinished = time.uptime
        waitsUntil = time.uptime
    }

    package func finished() {
        lastFinished = time.uptime
    }

    /// A request waits until then (monotonic time), and not for anybody's answer.
    package func waits(until end: Duration) {
        waitsUntil = max(waitsUntil, end)
    }

    /// Whether nothing has finished for so long, although nothing had to wait.
    package func isOverdue(after patience: Duration) -> Bool {
        time.uptime - max(lastFinished, min(waitsUntil, time.uptime)) >= patience
    }
}

internal import Alerting
internal import BizgoAPI
internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// One configuration at work: everything that is made from it, wired together.
@Loop
final class Session {
    enum Mode {
        case daemon
        /// One pass; alerts are told without waiting for more.
        case single
        /// One pass that writes nothing and alerts nobody.
        case preview
    }

    let setup: Setup
    let log: any Log
    let time: any Timekeeper
    let store: SQLiteLedger
    let desk: AlertDesk
    let gate: ProviderGate
    let progress: Progress
    private let mode: Mode

    /// - Throws: what is wrong with the database, after the sinks were told: a daemon that cannot start is silent
    ///   in every other way.
    static func open(_ setup: Setup, mode: Mode, log: any Log) async throws(CommandFailure) -> Session {
        do throws(LedgerError) {
            return try await Session(setup, mode: mode, log: log)
        } catch {
            if mode != .preview { await tell(error, setup, log) }
            throw CommandFailure(error)
        }
    }

    private static func tell(_ error: LedgerError, _ setup: Setup, _ log: any Log) async {
        let time = SystemTime()
        let desk = AlertDesk(
            ledger: UnavailableLedger(error), sinks: Sinks(setup, log: log, time: time).all,
            rules: setup.settings.alertRules.withoutWaiting, identity: Sinks.identity(setup.settings), time: time,
            log: log, troubleFile: TroubleFile(besideDatabase: setup.settings.store.path))
        desk.storeTrouble(detail: error.message)
        _ = await desk.flush()
    }

    private init(_ setup: Setup, mode: Mode, log: any Log) async throws(LedgerError) {
        self.setup = setup
        self.mode = mode
        self.log = log
        let settings = setup.settings
        let time = SystemTime()
        let progress = Progress(time: time)
        let rules = mode == .daemon ? settings.alertRules : settings.alertRules.withoutWaiting
        let sinks = Sinks(setup, log: log, time: time).all
        let told = AlertDesk.withLogSink(sinks, log: log)
        store = try SQLiteLedger.open(
            settings.ledger(
                rules: rules,
                sinks: told.map { LedgerConfiguration.Sink(name: $0.name, minimumSeverity: $0.minimumSeverity) },
                findsByKey: settings.polls),
            mode: mode == .preview ? .readOnly : .readWrite)
        desk = AlertDesk(
            ledger: store, sinks: told, rules: rules, identity: Sinks.identity(settings), time: time, log: log,
            troubleFile: mode == .preview ? nil : TroubleFile(besideDatabase: settings.store.path)
        ) { progress.finished() }
        gate = ProviderGate(
            provider: BizgoProvider(setup, time: time),
            bucket: TokenBucket(
                ratePerSecond: settings.api.requestsPerSecond, burst: settings.api.burst, now: time.uptime),
            health: try await store.providerHealth() ?? ProviderHealth(since: time.now), time: time,
            random: SystemRandomNumberGenerator())
        gate.onProgress = { progress.finished() }
        self.time = time
        self.progress = progress
        for version in store.migrations {
            log.write(LogEvent(.info, "store.migrated", [LogField("schema_version", .integer(version))]))
        }
    }

    /// - Parameter onCommit: called after each commit with the numbers so far.
    func reconciler(onCommit: @escaping @Loop (PassSummary) -> Void = { _ in }) -> Reconciler {
        let settings = setup.settings
        var policy = settings.policy
        policy.watchInterval = setup.watchInterval
        let ledger: any Ledger = mode == .preview ? PreviewLedger(store) : store
        // A preview could only look at the first batch: the next one comes when that is acknowledged.
        let reports = settings.polls && mode != .preview ? store : nil
        let watch =
            mode == .preview
            ? nil : Reconciler.Watch(ledger: store, limits: settings.conditionLimits(isSingle: mode == .single))
        let wakesDesk = mode == .daemon
        return Reconciler(
            Reconciler.Tools(
                ledger: ledger, reports: reports, watch: watch, gate: gate, policy: policy, time: time, log: log),
            Reconciler.Limits(
                maxInFlight: settings.api.maxInFlight, budget: mode == .daemon ? settings.reconcile.interval : nil),
            random: SystemRandomNumberGenerator()
        ) { [desk, progress] summary in
            progress.finished()
            if wakesDesk { desk.wake() }
            onCommit(summary)
        }
    }

    func daemon(manager: any ServiceManager) -> Daemon {
        Daemon(
            reconciler: reconciler(), ledger: store, teller: desk, manager: manager, progress: progress,
            configuration: Daemon.Configuration(
                interval: setup.settings.reconcile.interval, patience: setup.settings.api.timeout + .seconds(30)),
            time: time, log: log)
    }

    func close() async {
        await store.close()
    }
}

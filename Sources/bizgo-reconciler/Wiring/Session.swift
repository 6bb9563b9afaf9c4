internal import Alerting
internal import BizgoAPI
internal import Configuration
internal import Engine
internal import Ledger
internal import Observability
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
    private let meter: any Meter
    /// For a daemon whose configuration names a file for it; reads by a connection of its own, so that nothing waits
    /// for it.
    private let page: PageKeeper?
    private let pageLedger: SQLiteLedger?

    /// - Parameter tellsTrouble: whether the sinks are told that the database cannot be opened: a daemon that cannot
    ///   start is silent in every other way.
    /// - Throws: what is wrong with the database.
    static func open(
        _ setup: Setup, mode: Mode, tellsTrouble: Bool = true, log: any Log, meter: any Meter = NoMeter()
    ) async throws(CommandFailure) -> Session {
        do throws(LedgerError) {
            return try await Session(setup, mode: mode, log: log, meter: meter)
        } catch {
            if tellsTrouble, mode != .preview { await tell(error, setup, log) }
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
        await desk.flush()
    }

    private init(_ setup: Setup, mode: Mode, log: any Log, meter: any Meter) async throws(LedgerError) {
        self.setup = setup
        self.mode = mode
        self.log = log
        self.meter = meter
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
            troubleFile: mode == .preview ? nil : TroubleFile(besideDatabase: settings.store.path),
            meter: meter
        ) { progress.finished() }
        gate = ProviderGate(
            provider: BizgoProvider(setup, time: time),
            bucket: TokenBucket(
                ratePerSecond: settings.api.requestsPerSecond, burst: settings.api.burst, now: time.uptime),
            health: try await store.providerHealth() ?? ProviderHealth(since: time.now), time: time,
            random: SystemRandomNumberGenerator(), meter: meter)
        gate.onProgress = { progress.finished() }
        gate.onWait = { progress.waits(until: $0) }
        self.time = time
        self.progress = progress
        let file = mode == .daemon ? settings.statusPage.file.map { ReplacedFile(path: $0) } : nil
        let pageLedger = file == nil ? nil : try SQLiteLedger.open(settings.ledger(rules: rules), mode: .readOnly)
        self.pageLedger = pageLedger
        page = pageLedger.flatMap { ledger in file.map { Self.page($0, ledger, settings, time, log) } }
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
        let teller = mode == .daemon ? teller : nil
        return Reconciler(
            Reconciler.Tools(
                ledger: ledger, reports: reports, watch: watch, gate: gate, policy: policy, time: time, log: log,
                meter: meter),
            Reconciler.Limits(
                maxInFlight: settings.api.maxInFlight, budget: mode == .daemon ? settings.reconcile.interval : nil),
            random: SystemRandomNumberGenerator()
        ) { [progress] summary in
            progress.finished()
            teller?.wake()
            onCommit(summary)
        }
    }

    private var teller: any AlertTeller { page.map { TellerWithPage(desk, $0) } ?? desk }

    private static func page(
        _ file: ReplacedFile, _ ledger: SQLiteLedger, _ settings: Settings, _ time: any Timekeeper, _ log: any Log
    ) -> PageKeeper {
        PageKeeper(ledger: ledger, time: time, log: log) { content, now throws(ReplacedFile.Failure) in
            try file.write(StatusPage.html(StatusReport(content, settings, origin: .daemon, at: now)))
        }
    }

    func daemon(manager: any ServiceManager) -> Daemon {
        Daemon(
            reconciler: reconciler(), ledger: store, teller: teller, manager: manager,
            heartbeat: Heartbeat(setup, time: time, log: log), progress: progress,
            configuration: Daemon.Configuration(
                interval: setup.settings.reconcile.interval, patience: setup.settings.api.timeout + .seconds(30)),
            log: log)
    }

    func close() async {
        await store.close()
        await pageLedger?.close()
    }
}

internal import Alerting
internal import CurlTransport
internal import Engine
internal import Ledger
internal import Operations
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
    private let log: any Log
    private let time: any Timekeeper
    let store: SQLiteLedger
    let desk: AlertDesk
    let gate: ProviderGate
    private let toProvider: CurlTransport
    private let toSinks: CurlTransport
    private let progress: Progress
    private let mode: Mode
    private let meter: any Meter
    /// Of a daemon whose configuration names a file for it.
    private let page: LivePage?

    /// - Parameters:
    ///   - tellsTrouble: whether the sinks are told that the database cannot be opened: a daemon that cannot
    ///   start is silent in every other way.
    ///   - patience: with the database; nil where it has no end.
    /// - Throws: what is wrong with the database.
    static func open(
        _ setup: Setup, mode: Mode, tellsTrouble: Bool = true, log: any Log, meter: any Meter = NoMeter(),
        patience: Patience? = nil
    ) async throws(CommandFailure) -> Session {
        do throws(LedgerError) {
            return try await Session(setup, mode: mode, log: log, meter: meter, patience: patience)
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

    private init(
        _ setup: Setup, mode: Mode, log: any Log, meter: any Meter, patience: Patience?
    ) async throws(LedgerError) {
        let settings = setup.settings
        let time = SystemTime()
        let progress = Progress(time: time)
        let rules = mode == .daemon ? settings.alertRules : settings.alertRules.withoutWaiting
        let configured = Sinks(setup, log: log, time: time)
        let sinks = AlertDesk.withLogSink(configured.all, log: log)
        toSinks = configured.transport
        toProvider = CurlTransport(settings.transport)
        store = try await SQLiteLedger.openAside(
            settings.ledger(rules: rules, sinks: sinks.map { .init($0) }, findsByKey: settings.polls),
            mode: mode == .preview ? .readOnly : .readWrite, patience: patience)
        desk = AlertDesk(
            ledger: store, sinks: sinks, rules: rules, identity: Sinks.identity(settings), time: time, log: log,
            troubleFile: mode == .preview ? nil : TroubleFile(besideDatabase: settings.store.path),
            meter: meter
        ) { progress.finished() }
        gate = ProviderGate(
            setup, over: toProvider, health: try await store.providerHealth(), time: time, meter: meter)
        gate.onProgress = { progress.finished() }
        gate.onWait = { progress.waits(until: $0) }
        page = mode == .daemon ? try await LivePage.open(settings, time: time, log: log, patience: patience) : nil
        self.setup = setup
        self.mode = mode
        self.log = log
        self.meter = meter
        self.time = time
        self.progress = progress
        noteMigrations()
        if let statuses = try await store.unmappedStatuses() { log.write(.unmapped(statuses, settings.store)) }
    }

    private func noteMigrations() {
        for version in store.migrations {
            log.write(LogEvent(.info, "store.migrated", [LogField("schema_version", .integer(version))]))
        }
    }

    func reconciler() -> Reconciler {
        let teller = mode == .daemon ? teller : nil
        return Reconciler(
            tools,
            Reconciler.Limits(
                maxInFlight: setup.settings.api.maxInFlight,
                budget: mode == .daemon ? setup.settings.reconcile.interval : nil, retriesRefused: mode == .daemon),
            random: SystemRandomNumberGenerator()
        ) { [progress] _ in
            progress.finished()
            teller?.wake()
        }
    }

    private var tools: Reconciler.Tools {
        let settings = setup.settings
        var policy = settings.policy
        policy.watchInterval = setup.watchInterval
        let isPreview = mode == .preview
        return Reconciler.Tools(
            ledger: isPreview ? PreviewLedger(store) : store,
            // A preview could only look at the first batch: the next one comes when that is acknowledged.
            reports: settings.polls && !isPreview ? store : nil,
            watch: isPreview
                ? nil : Reconciler.Watch(ledger: store, limits: settings.conditionLimits(isSingle: mode == .single)),
            gate: gate, policy: policy, time: time, log: log, meter: meter)
    }

    private var teller: any AlertTeller { page.map { TellerWithPage(desk, $0.keeper) } ?? desk }

    func daemon(manager: any ServiceManager) -> Daemon {
        Daemon(
            reconciler: reconciler(), ledger: store, teller: teller, manager: manager,
            heartbeat: Heartbeat(setup, time: time, log: log), progress: progress,
            configuration: Daemon.Configuration(
                interval: setup.settings.reconcile.interval, patience: setup.settings.api.timeout + .seconds(30)),
            log: log)
    }

    /// Takes the place of a session that has ended, maybe with another account at another address.
    func succeed(_ earlier: Session) {
        guard setup.settings.api.baseURL == earlier.setup.settings.api.baseURL else { return }
        gate.succeed(earlier.gate)
    }

    /// For a process that ends.
    /// - Returns: how many questions were under way.
    func breakOffQuestions() -> Int {
        gate.breakOff()
        return toProvider.breakOff()
    }

    /// As above.
    /// - Returns: how many deliveries were under way.
    func breakOffAlerts() -> Int {
        let deliveries = desk.breakOff()
        _ = toSinks.breakOff()
        return deliveries
    }

    func close() async {
        await store.close()
        await page?.close()
    }
}

extension LedgerConfiguration.Sink {
    @Loop
    fileprivate init(_ sink: any AlertSink) {
        self.init(name: sink.name, minimumSeverity: sink.minimumSeverity)
    }
}

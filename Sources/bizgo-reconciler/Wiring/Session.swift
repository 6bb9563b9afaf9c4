internal import Alerting
internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

/// One configuration at work: everything that is made from it, wired together.
@EventLoop
final class Session {
    enum Mode {
        case daemon
        /// One pass; alerts are told without waiting for more.
        case single
        /// One pass that writes nothing and alerts nobody.
        case preview
    }

    let loaded: LoadedConfiguration
    private let log: any Log
    private let time: any Timekeeper
    let store: SQLLedger
    let alerts: AlertDispatcher
    let client: ProviderClient
    private let toProvider: CurlTransport
    private let toSinks: CurlTransport
    private let progress: Progress
    private let mode: Mode
    /// What becomes of webhooks.
    let webhooks: WebhookIntake
    private let meter: any MetricsRecorder
    /// Nil for a pass that writes nothing, and where nothing can be sent.
    let sends: SendWork?
    /// Nil for a pass that writes nothing.
    let verification: VerificationWork?
    private let notifier: any AlertNotifier
    /// Of a daemon whose configuration has somebody see it.
    let page: LivePage?

    /// - Parameters:
    ///   - turns: at its database.
    ///   - turn: to work on it; nil for a preview, and for the demo, which is alone.
    ///   - tellsTrouble: whether the sinks are told that the database cannot be opened: a daemon that cannot
    ///   start is silent in every other way.
    ///   - patience: with the database; nil where it has no end.
    /// - Throws: what is wrong with the database.
    static func open(
        _ loaded: LoadedConfiguration, mode: Mode, turns: any Turns, turn: (any Turn)? = nil, tellsTrouble: Bool = true,
        log: any Log,
        meter: any MetricsRecorder = NoMetrics(),
        patience: Patience? = nil
    ) async throws(CommandFailure) -> Session {
        do throws(LedgerError) {
            return try await Session(loaded, mode, turns, turn, log: log, meter: meter, patience: patience)
        } catch {
            if tellsTrouble, error.isTrouble, mode != .preview { await tell(error, loaded, log) }
            throw CommandFailure(error)
        }
    }

    static func tell(_ error: LedgerError, _ loaded: LoadedConfiguration, _ log: any Log) async {
        let alerts = alerts(beside: error, loaded, log)
        alerts.storeTrouble(error)
        await alerts.flush()
    }

    /// Alerts of a process that has no session: those about the store alone.
    /// - Parameter error: why the others cannot be read.
    static func alerts(beside error: LedgerError, _ loaded: LoadedConfiguration, _ log: any Log) -> AlertDispatcher {
        let time = SystemTime()
        return AlertDispatcher(
            ledger: UnavailableLedger(error), sinks: Sinks(loaded, log: log, time: time).all,
            rules: loaded.settings.alerts.rules.withoutWaiting, sender: Sender(loaded.settings), time: time,
            log: log, troubleFile: StoreTroubleFile(loaded.settings.store.place),
            isAtServer: loaded.settings.store.place.isShared)
    }

    private init(
        _ loaded: LoadedConfiguration, _ mode: Mode, _ turns: any Turns, _ turn: (any Turn)?, log: any Log,
        meter: any MetricsRecorder, patience: Patience?
    ) async throws(LedgerError) {
        let settings = loaded.settings
        let time = SystemTime()
        let progress = Progress(time: time)
        let rules = mode == .daemon ? settings.alerts.rules : settings.alerts.rules.withoutWaiting
        let configured = Sinks(loaded, log: log, time: time)
        let sinks = AlertDispatcher.withLogSink(configured.all, log: log)
        toSinks = configured.transport
        toProvider = CurlTransport(settings.transport)
        var configuration = settings.ledger(
            rules: rules, sinks: sinks.map { .init($0) }, findsByKey: settings.reportArrival != .elsewhere)
        configuration.lease = turn?.hold
        store = try await SQLLedger.openAside(
            configuration, mode: mode == .preview ? .readOnly : .readWrite, patience: patience)
        alerts = AlertDispatcher(
            ledger: turn?.alerts(of: store) ?? store, sinks: sinks, rules: rules, sender: Sender(settings), time: time,
            log: log,
            troubleFile: mode == .preview ? nil : StoreTroubleFile(settings.store.place),
            isAtServer: settings.store.place.isShared, meter: meter
        ) { progress.finished() }
        client = ProviderClient(
            loaded, over: toProvider, health: try await store.providerHealth(), time: time, meter: meter)
        client.onProgress = { progress.finished() }
        client.onWait = { progress.waits(until: $0) }
        let desk = SendDesk(ledger: store, client: client, time: time, log: log)
        let canary = CanaryKeeper(
            loaded.canary, ledger: store, client: client, time: time, log: log, random: SystemRandomNumberGenerator()
        ) { [alerts] in alerts.wake() }
        sends =
            mode == .preview || settings.api.generation != .comm
            ? nil : SendWork(desk, canary, turns: turns)
        page = mode == .daemon ? try await LivePage.open(settings, time: time, log: log, patience: patience) : nil
        let notifier = Self.notifier(alerts, page)
        webhooks = WebhookIntake(
            ledger: store,
            sifter: ReportSifter(
                mustConfirm: client.canAskChannels, policy: settings.reconcile.policy, source: .webhook,
                random: SystemRandomNumberGenerator()), time: time, log: log, meter: meter
        ) { isUrgent in
            progress.finished()
            if isUrgent { notifier.wake() }
        }
        verification =
            mode == .preview
            ? nil : VerificationWork(loaded, mode, turns, store, client, time, log, meter, notifier, progress)
        self.notifier = notifier
        self.loaded = loaded
        self.mode = mode
        self.log = log
        self.meter = meter
        self.time = time
        self.progress = progress
        noteMigrations()
        await store.onIndexing { news in EventLoop.task { log.write(.index(news)) } }
        if let statuses = try await store.unmappedStatuses() { log.write(.unmapped(statuses, settings.store)) }
    }

    private static func notifier(_ alerts: AlertDispatcher, _ page: LivePage?) -> any AlertNotifier {
        page.map { PageAndAlerts(alerts, $0.writer) } ?? alerts
    }

    private func noteMigrations() {
        for version in store.migrations {
            log.write(LogEvent(.info, .storeMigrated, [LogField("schema_version", .integer(version))]))
        }
    }

    func reconciler() -> Reconciler {
        let settings = loaded.settings
        let notifier = mode == .daemon ? notifier : nil
        let isPreview = mode == .preview
        return Reconciler(
            ledger: isPreview ? PreviewLedger(store) : store, client: client, policy: settings.reconcile.policy,
            // A preview could only look at the first batch: the next one comes when that is acknowledged.
            reports: isPreview ? .elsewhere : settings.reportArrival,
            conditions: isPreview ? nil : settings.conditionLimits(isSingle: mode == .single),
            limits: Reconciler.Limits(
                maxInFlight: settings.api.maxInFlight, budget: mode == .daemon ? settings.reconcile.interval : nil,
                retriesRefused: mode == .daemon),
            time: time, log: log, meter: meter, random: SystemRandomNumberGenerator()
        ) { [progress] in
            progress.finished()
            notifier?.wake()
        }
    }

    func daemon(manager: any ServiceManager) -> Daemon {
        Daemon(
            reconciler: reconciler(), ledger: store, alerts: notifier, webhooks: webhooks, manager: manager,
            heartbeat: Heartbeat(loaded, time: time, log: log), progress: progress,
            configuration: Daemon.Configuration(
                interval: loaded.settings.reconcile.interval, patience: loaded.settings.api.timeout + .seconds(30)),
            log: log,
            onInterval: { [sends, verification] in
                sends?.intervalPassed()
                verification?.intervalPassed()
            })
    }

    /// Takes the place of a session that has ended, maybe with another account at another address.
    func succeed(_ earlier: Session) {
        webhooks.succeed(earlier.webhooks)
        guard loaded.settings.api.baseURL == earlier.loaded.settings.api.baseURL else { return }
        client.succeed(earlier.client)
    }

    /// For a process that ends.
    /// - Returns: how many questions were under way.
    func breakOffQuestions() -> Int {
        client.breakOff()
        return toProvider.breakOff()
    }

    /// As above.
    /// - Returns: how many deliveries were under way.
    func breakOffAlerts() -> Int {
        let deliveries = alerts.breakOff()
        _ = toSinks.breakOff()
        return deliveries
    }

    /// What webhooks brought and nobody can write is lost with the process.
    func end() async {
        await webhooks.drain()
        webhooks.end()
        await close()
    }

    func close() async {
        await sends?.drain()
        await verification?.drain()
        await store.close()
        await page?.close()
    }
}

extension VerificationWork {
    fileprivate convenience init(
        _ loaded: LoadedConfiguration, _ mode: Session.Mode, _ turns: any Turns, _ store: SQLLedger,
        _ client: ProviderClient,
        _ time: any Timekeeper, _ log: any Log, _ meter: any MetricsRecorder, _ notifier: any AlertNotifier,
        _ progress: Progress
    ) {
        let settings = loaded.settings
        let random = SystemRandomNumberGenerator()
        let changed: @EventLoop () -> Void = {
            progress.finished()
            notifier.wake()
        }
        let verifier = Verifier(
            Verifier.Configuration(
                policy: settings.reconcile.policy, serviceTypes: settings.store.serviceTypes, senders: loaded.senders),
            ledger: store, client: client, time: time, log: log, meter: meter, random: random, onChange: changed)
        self.init(
            VerificationKeeper(
                mode == .daemon ? settings.verification : nil, verifier, ledger: store, time: time, log: log),
            ErrandDesk(
                ledger: store, client: client, verifier: verifier, policy: settings.reconcile.policy, time: time,
                log: log, meter: meter, random: random, onChange: changed),
            turns: turns)
    }
}

extension Metrics {
    func adopt(_ session: Session) {
        adopt(
            file: session.loaded.metricsFile, isServed: session.loaded.settings.http.listen != nil,
            census: session.store, sinks: session.alerts.sinkNames)
    }
}

extension Heartbeat {
    /// Nil where none is configured.
    convenience init?(_ loaded: LoadedConfiguration, time: any Timekeeper, log: any Log) {
        guard let url = loaded.heartbeatAddress?.reveal() else { return nil }
        self.init(
            url: url, interval: loaded.settings.heartbeat.interval, transport: Sinks.transport(loaded), time: time,
            log: log)
    }
}

extension BizgoProvider {
    /// The provider as it is configured.
    /// - Parameter transport: nil for one of its own.
    convenience init(_ loaded: LoadedConfiguration, over transport: CurlTransport? = nil, time: any Timekeeper) {
        let api = loaded.settings.api
        let generation: Generation =
            switch api.generation {
            case .comm: .comm
            // The configuration is refused without one.
            case .omni: .omni(clientID: api.clientID ?? "")
            }
        self.init(
            transport: transport ?? CurlTransport(loaded.settings.transport), generation: generation,
            baseURL: api.baseURL, time: time
        ) { loaded.credential.reveal() }
    }
}

extension ProviderClient {
    /// - Parameter health: as the process before this one left it; nil where there was none.
    convenience init(
        _ loaded: LoadedConfiguration, over transport: CurlTransport, health: ProviderHealth?, time: any Timekeeper,
        meter: any MetricsRecorder
    ) {
        let api = loaded.settings.api
        self.init(
            provider: BizgoProvider(loaded, over: transport, time: time),
            bucket: TokenBucket(ratePerSecond: api.requestsPerSecond, burst: api.burst, now: time.uptime),
            health: health ?? ProviderHealth(since: time.now), time: time, random: SystemRandomNumberGenerator(),
            meter: meter)
    }
}

extension Settings {
    var transport: CurlTransport.Configuration {
        CurlTransport.Configuration(
            userAgent: "bizgo-reconciler/\(Version.current)", connectTimeout: api.connectTimeout, timeout: api.timeout,
            caFile: api.caFile, proxy: api.proxy?.reveal(), sendsOnce: true, distrustsFraming: true,
            maximumConnections: api.maxInFlight)
    }
}

extension LogEvent {
    /// `store.indexing`, `store.indexed`, `store.index_failed`
    fileprivate static func index(_ news: Indexing) -> LogEvent {
        switch news {
        case .begun: LogEvent(.info, .storeIndexing)
        case .made: LogEvent(.info, .storeIndexed)
        case .failed(let error):
            LogEvent(.warn, .storeIndexFailed, [LogField("error", .string("store.create_index: \(error.message)"))])
        }
    }
}

extension LedgerConfiguration.Sink {
    @EventLoop
    fileprivate init(_ sink: any AlertSink) {
        self.init(name: sink.name, minimumSeverity: sink.minimumSeverity)
    }
}

internal import BizgoSimulator
internal import Engine
internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

/// The main job as a play of little more than a minute: what goes wrong in a month, and what the daemon makes of it.
@EventLoop
struct DemoCommand {
    private let stage: DemoStage
    private let startedAt: Duration

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        if let folder = arguments[.sandbox] { return try await DemoSandbox.run(in: folder) }
        let stage = try await DemoStage.open()
        let demo = DemoCommand(stage: stage, startedAt: stage.time.uptime)
        await demo.play()
        let overview = try await stage.stop()
        demo.epilogue(overview)
        return .ok
    }

    private func play() async {
        await playSilence()
        await playLostWebhooks()

        tell("Last act: the daemon takes the webhooks itself. 60 new messages; a third of their webhooks get lost.")
        stage.takeWebhooks()
        stage.application.accepted(stage.provider.send(60), at: stage.time.now)
        await wait(.seconds(9))
    }

    /// The account is suspended, and the application takes accepted for delivered.
    private func playSilence() async {
        let unnoticed = stage.provider.loadUnnoticed()
        for message in unnoticed { stage.application.accepted([message.key], at: message.acceptedAt, as: "SENT") }
        tell(
            "The account has been suspended for a day. Bizgo answers A000 all the same, and the application writes SENT:"
                + " \(unnoticed.count) rows. Nothing is PENDING, and nobody knows. The daemon starts.")
        stage.provider.simulator.setSuspended(true)
        stage.start()
        await wait(.seconds(12))

        tell(
            "The application is mended: A000 is PENDING. It makes its rows of that day PENDING, too, and sends 40 messages"
                + " more, whose webhooks get lost.")
        stage.provider.simulator.configure { $0.webhook.lostShare = 1 }
        stage.application.makeUnreportedPending()
        stage.application.accepted(stage.provider.send(40), at: stage.time.now)
        await wait(.seconds(10))

        tell("The account is restored, and 5 messages get through.")
        stage.provider.simulator.setSuspended(false)
        stage.application.accepted(stage.provider.send(5), at: stage.time.now)
        await wait(.seconds(8))
    }

    private func playLostWebhooks() async {
        let backlog = stage.provider.loadBacklog()
        for message in backlog { stage.application.accepted([message.key], at: message.acceptedAt) }
        tell("Second act. The webhook was never registered: \(backlog.count) messages more are PENDING, some for days.")
        await wait(.seconds(12))

        tell("The webhook is registered now, but half of its calls get lost: 60 new messages.")
        stage.provider.simulator.configure { $0.webhook.lostShare = 0.5 }
        stage.application.accepted(stage.provider.send(60), at: stage.time.now)
        await wait(.seconds(9))

        tell("A race: a webhook arrives while the answer to the daemon's own question is on its way.")
        let race = stage.provider.loadRace(at: stage.time.now)
        stage.application.accepted([race], at: stage.time.now - .seconds(3600))
        await wait(.seconds(6))

        tell("A message given up as stale was delivered after all: a late report.")
        stage.provider.deliverLate()
        await wait(.seconds(5))
    }

    private func tell(_ text: String) {
        Terminal.progress("")
        Terminal.output("\n── \((stage.time.uptime - startedAt).components.seconds) s ── \(text)")
    }

    private func wait(_ duration: Duration) async {
        let end = stage.time.uptime + duration
        while stage.time.uptime < end {
            let counts = stage.application.counts()
            Terminal.progress(
                "\((stage.time.uptime - startedAt).components.seconds) s of about 70 s   pending \(counts.pending)   "
                    + "sent \(counts.sent)   dead letters \(counts.deadLetters)")
            _ = try? await stage.time.sleep(for: .milliseconds(500))
        }
        Terminal.progress("")
    }

    private func differences(_ overview: LedgerOverview) -> String {
        "\(overview.differences[.falseSent] ?? 0) rows said SENT, and their messages had failed"
    }

    private func epilogue(_ overview: LedgerOverview) {
        let client = stage.session.client
        let webhooks = stage.provider.simulator.statistics.webhooks
        let reasons = DeadLetterReason.allCases.map { "\(overview.deadLettersByReason[$0] ?? 0) \($0.rawValue)" }
        Terminal.output("")
        let rows = [
            ["delivered", "\(overview.sent) SENT"],
            ["dead letters", "\(overview.deadLetters): " + reasons.joined(separator: ", ")],
            ["still pending", "\(overview.pending), to be asked about again later"],
            ["asked", "\(client.requests) requests, \(client.answers) answered"],
            [
                "webhooks",
                "\(webhooks.reports) reports: \(stage.toApplication) to the application, "
                    + "\(webhooks.acknowledged - stage.toApplication) to the daemon, \(webhooks.lost) lost",
            ],
            ["verified", differences(overview)],
            ["alerts firing", overview.firing.map(\.identity.dedupKey).joined(separator: ", ")],
            ["database", stage.database],
            ["the whole log", stage.logFile],
        ]
        for line in TextTable.lines(["WHAT", "HOW IT ENDED"], rows) { Terminal.output(line) }
        Terminal.output(
            """

            One message's story:  sqlite3 \(stage.database) "SELECT * FROM reconciler_audit LIMIT 5"
            The story's alerts:   grep -E 'FalseSent|DeliveryCollapse|AccountRefused' \(stage.logFile)
            Clear away:           rm -r \(stage.folder)
            """)
    }
}

/// Everything the demo needs, in a scratch folder and on 127.0.0.1.
@EventLoop
final class DemoStage {
    nonisolated static let key = "demo-key"

    let folder: String
    let log: DemoLog
    let provider: DemoProvider
    let application: DemoApplication
    let session: Session
    let time = SystemTime()
    /// Webhooks that arrived there, before the daemon took them.
    private(set) var toApplication = 0
    private let receiver: WebhookReceiver
    private let daemon: Daemon
    private let listener: Listener
    /// Where the daemon takes webhooks.
    private let webhookAddress: String
    private var running: Task<Void, Never>?

    static let databaseName = "/notifications.db"
    private static let logName = "/daemon.log"

    var database: String { folder + Self.databaseName }
    var logFile: String { folder + Self.logName }

    static func open() async throws(CommandFailure) -> DemoStage {
        let folder = try scratchFolder()
        let application = try application(in: folder)
        let log = DemoLog(file: try openLog(in: folder))
        let provider = DemoProvider(now: SystemTime().now, requestsPerSecond: 80)
        let receiver = WebhookReceiver { application.received($0) }
        let port = try listen(provider.simulator, receiver)
        let configuration = configuration(database: folder + databaseName, port: port)
        let session = try await Session.open(
            configuration, mode: .daemon, turns: configuration.settings.turns(), log: log)
        return try DemoStage(folder, log, provider, application, receiver, session)
    }

    /// With an empty table of its own.
    static func application(in folder: String) throws(CommandFailure) -> DemoApplication {
        let database = folder + databaseName
        do throws(LedgerError) {
            try SQLLedger.initializeDatabase(at: database)
        } catch {
            throw CommandFailure(error)
        }
        guard let application = DemoApplication(database: database) else { throw cannotWrite(folder) }
        return application
    }

    private static func openLog(in folder: String) throws(CommandFailure) -> Int32 {
        let descriptor = Glibc.open(folder + logName, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw cannotWrite(folder) }
        return descriptor
    }

    static func cannotWrite(_ path: String) -> CommandFailure {
        CommandFailure(.inputOutput, "demo: cannot write in \(path)")
    }

    /// - Parameter receiver: where the provider's webhooks go; nil where they get lost.
    /// - Returns: the provider's port.
    static func listen(_ provider: Simulator, _ receiver: WebhookReceiver? = nil) throws(CommandFailure) -> UInt16 {
        do throws(SimulatorError) {
            let port = try provider.start()
            if let address = try receiver?.start() { provider.configure { $0.webhook.url = address } }
            return port
        } catch {
            throw CommandFailure(.inputOutput, "demo: \(error.description)")
        }
    }

    private init(
        _ folder: String, _ log: DemoLog, _ provider: DemoProvider, _ application: DemoApplication,
        _ receiver: WebhookReceiver, _ session: Session
    ) throws(CommandFailure) {
        self.folder = folder
        self.log = log
        self.provider = provider
        self.application = application
        self.receiver = receiver
        self.session = session
        daemon = session.daemon(manager: ServiceNotifier())
        let metrics = Metrics(version: Version.current, time: time, log: log)
        listener = Listener(sockets: .none, time: time, meter: metrics)
        let door = try listener.open(session.loaded.settings)
        webhookAddress = "http://127.0.0.1:\(door?.port ?? 0)\(session.loaded.settings.webhook.path)"
        listener.adopt(Listener.Routes(session, metrics: metrics) { [daemon] in daemon.isReady }, door)
    }

    /// The daemon does, instead of the application.
    func takeWebhooks() {
        toApplication = provider.simulator.statistics.webhooks.acknowledged
        provider.simulator.configure {
            $0.webhook.url = webhookAddress
            $0.webhook.lostShare = 1.0 / 3
            $0.webhook.delayedShare = 0
        }
    }

    func start() {
        let daemon = daemon
        running = EventLoop.task { await daemon.run() }
    }

    /// Drains the daemon and takes everything down but the files.
    func stop() async throws(CommandFailure) -> LedgerOverview {
        listener.leave(within: .seconds(1))
        daemon.drain()
        await running?.value
        await listener.close()
        let overview: LedgerOverview
        do throws(LedgerError) {
            overview = try await session.store.overview(at: time.now)
        } catch {
            throw CommandFailure(error)
        }
        await session.close()
        provider.simulator.stop()
        receiver.stop()
        log.finish()
        return overview
    }

    /// As in production but for what would take hours: the webhook gets four seconds, a stale message is asked about
    /// again after ten, the account is looked at every five.
    private static func configuration(database: String, port: UInt16) -> LoadedConfiguration {
        var settings = Settings()
        settings.api.baseURL = "http://127.0.0.1:\(port)"
        settings.api.requestsPerSecond = 40
        settings.api.burst = 10
        settings.reconcile.interval = .seconds(1)
        settings.reconcile.policy.after = .seconds(4)
        settings.reconcile.policy.watchInterval = .seconds(10)
        settings.store.place = .file(database)
        settings.http.listen = .port(.loopback, 0)
        settings.webhook.allow = settings.http.pagesFor
        settings.verify.every = .seconds(5)
        settings.alerts.rules.groupWait = .seconds(3)
        settings.alerts.rules.keepFiringFor = .seconds(10)
        return LoadedConfiguration(settings: settings, credential: Secret(key))
    }

    private static func scratchFolder() throws(CommandFailure) -> String {
        let base = LoadedConfiguration.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/bizgo-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(.inputOutput, "demo: cannot make a scratch folder in \(base): set TMPDIR to another")
        }
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}

internal import BizgoSimulator
internal import Engine
internal import FoundationEssentials
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// Everything the demo needs, in a scratch folder and on 127.0.0.1.
@Loop
final class DemoStage {
    nonisolated static let key = "demo-key"

    let folder: String
    let log: DemoLog
    let provider: DemoProvider
    let application: DemoApplication
    let session: Session
    let time = SystemTime()
    private let receiver: WebhookReceiver
    private let daemon: Daemon
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
        let setup = setup(database: folder + databaseName, port: port)
        let session = try await Session.open(setup, mode: .daemon, log: log)
        return DemoStage(folder, log, provider, application, receiver, session)
    }

    /// With an empty table of its own.
    static func application(in folder: String) throws(CommandFailure) -> DemoApplication {
        let database = folder + databaseName
        do throws(LedgerError) {
            try SQLiteLedger.initializeDatabase(at: database)
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
    ) {
        self.folder = folder
        self.log = log
        self.provider = provider
        self.application = application
        self.receiver = receiver
        self.session = session
        daemon = session.daemon(manager: LoopServiceManager())
    }

    func start() {
        let daemon = daemon
        running = Task { await daemon.run() }
    }

    /// Drains the daemon and takes everything down but the files.
    func stop() async throws(CommandFailure) -> LedgerOverview {
        daemon.drain()
        await running?.value
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
    /// again after ten.
    private static func setup(database: String, port: UInt16) -> Setup {
        var settings = Settings()
        settings.api.baseURL = "http://127.0.0.1:\(port)"
        settings.api.requestsPerSecond = 40
        settings.api.burst = 10
        settings.reconcile.interval = .seconds(1)
        settings.reconcile.after = .seconds(4)
        settings.store.path = database
        settings.alerts.groupWait = .seconds(3)
        var setup = Setup(settings: settings, credential: Secret(key), addresses: [:])
        setup.watchInterval = .seconds(10)
        return setup
    }

    private static func scratchFolder() throws(CommandFailure) -> String {
        let base = Setup.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/bizgo-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(.inputOutput, "demo: cannot make a scratch folder in \(base): set TMPDIR to another")
        }
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}

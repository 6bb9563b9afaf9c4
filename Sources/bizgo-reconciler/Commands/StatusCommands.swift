internal import Alerting
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// `status` and `report`: how things stand, read beside the daemon.
@EventLoop
enum StatusCommands {
    static func status(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        do throws(CommandFailure) {
            let settings = try LoadedConfiguration.settings(arguments)
            let time = SystemTime()
            let overview = try await overview(settings, at: time.now)
            if arguments.has(.json) {
                Terminal.output(StatusText.json(overview).text)
            } else {
                for line in StatusText.lines(overview, in: settings.zone, at: time.now) { Terminal.line(line) }
            }
            return arguments.has(.check)
                ? StatusCheck.verdict(overview, interval: settings.reconcile.interval, at: time.now) : .ok
        } catch {
            guard arguments.has(.check), error.code != .usage else { throw error }
            throw CommandFailure(.unknown, lines: error.lines)
        }
    }

    private static func overview(_ settings: Settings, at now: Timestamp) async throws(CommandFailure) -> LedgerOverview
    {
        var overview = try await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.overview(at: now)
        }
        if case .server = settings.store.place {
            let instances = try await instances(settings)
            overview.instances = instances
            overview.isWorkedOn = instances.contains { $0.role == .working }
        }
        // The store cannot say it of itself.
        if let trouble = StoreTroubleFile(settings.store.place)?.firing {
            overview.firing.append(trouble)
        }
        return overview
    }

    private static func instances(_ settings: Settings) async throws(CommandFailure) -> [InstanceView] {
        let turns = ServerTurns(settings)
        let result: Result<[InstanceView], TurnFailure>
        do throws(TurnFailure) {
            result = .success(try await turns.instances())
        } catch {
            result = .failure(error)
        }
        await turns.close()
        do throws(TurnFailure) {
            return try result.get()
        } catch {
            throw CommandFailure(error, at: settings.store.place)
        }
    }

    /// The status page, once.
    static func report(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        guard let path = arguments[.html] else {
            throw CommandFailure(
                .usage, "report: --html FILE says where the page is to be made. Try `bizgo-reconciler help report`")
        }
        let settings = try LoadedConfiguration.settings(arguments)
        if let owner = NamedFiles(settings, configuration: LoadedConfiguration.path(arguments)).owner(of: path) {
            throw CommandFailure(
                .inputOutput, "report: \(path) is the file of \(owner): name another file for the page")
        }
        let now = SystemTime().now
        let figures = try await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.figures(at: now)
        }
        do throws(AtomicFile.Failure) {
            try AtomicFile(path: path).write(
                StatusPage.html(StatusReport(.figures(figures), settings, origin: .command, at: now)))
        } catch {
            throw CommandFailure(.inputOutput, "report: \(error.message)")
        }
        Terminal.line("wrote \(path)")
        return .ok
    }
}

extension StatusReport {
    @EventLoop
    init(_ content: Content, _ settings: Settings, origin: Origin, at now: Timestamp) {
        let sender = Sender(settings)
        self.init(content, settings, origin: origin, host: sender.host, version: sender.version, at: now) {
            sender.language.meaning(of: $0, in: sender.zone)
        }
    }
}

/// The page that the daemon makes anew again and again, for a file or for whoever asks. It reads by a connection of its
/// own, so that nothing waits for it.
@EventLoop
final class LivePage {
    private let ledger: SQLLedger
    private var html: String?
    private(set) lazy var writer = makeWriter()
    private let settings: Settings
    private let time: any Timekeeper
    private let log: any Log

    /// - Returns: nil where nobody is to see it.
    static func open(
        _ settings: Settings, time: any Timekeeper, log: any Log, patience: Patience?
    ) async throws(LedgerError) -> LivePage? {
        guard settings.statusPage.file != nil || settings.http.listen != nil else { return nil }
        let ledger = try await SQLLedger.openAside(
            settings.ledger(), mode: .readOnly, patience: patience)
        return LivePage(ledger, settings, time: time, log: log)
    }

    private init(_ ledger: SQLLedger, _ settings: Settings, time: any Timekeeper, log: any Log) {
        self.ledger = ledger
        self.settings = settings
        self.time = time
        self.log = log
    }

    private func makeWriter() -> StatusPageWriter {
        let file = settings.statusPage.file.map { AtomicFile(path: $0) }
        return StatusPageWriter(ledger: ledger, time: time, log: log) {
            [weak self, settings] content, now throws(AtomicFile.Failure) in
            let html = StatusPage.html(StatusReport(content, settings, origin: .daemon, at: now))
            self?.html = html
            try file?.write(html)
        }
    }

    /// As it was made last; asking for it has another one made, as soon as it is time for that. Nil where there can be none.
    func latest() async -> String? {
        if html == nil { await writer.look() } else { writer.wake() }
        return html
    }

    /// Whether the store can be read.
    func isReadable() async -> Bool { (try? await ledger.probe()) != nil }

    func close() async {
        await ledger.close()
    }
}

/// Tells the dispatcher what it is told, and the status page that something may have changed.
@EventLoop
final class PageAndAlerts: AlertNotifier {
    private let alerts: AlertDispatcher
    private let page: StatusPageWriter

    init(_ alerts: AlertDispatcher, _ page: StatusPageWriter) {
        self.alerts = alerts
        self.page = page
    }

    func wake() {
        alerts.wake()
        page.wake()
    }

    func storeTrouble(_ error: LedgerError) { alerts.storeTrouble(error) }

    func storeRecovered() { alerts.storeRecovered() }

    func drain() async {
        await alerts.drain()
        await page.stop()
    }
}

internal import Alerting
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

extension StatusReport {
    @Loop
    init(_ content: Content, _ settings: Settings, origin: Origin, at now: Timestamp) {
        let language = AlertLanguage(settings.alerts.language)
        let zone = settings.zone
        self.init(
            content: content, generatedAt: now, origin: origin, host: Sinks.identity(settings).host,
            version: Version.current, database: settings.store.path, interval: settings.reconcile.interval,
            language: settings.alerts.language == .korean ? "ko" : "en", zone: zone,
            meaning: { language.meaning(of: $0, in: zone) })
    }
}

/// The page that the daemon rewrites. It reads by a connection of its own, so that nothing waits for it.
@Loop
struct LivePage {
    let keeper: PageKeeper
    private let ledger: SQLiteLedger

    /// - Returns: nil where no file is configured for it.
    static func open(
        _ settings: Settings, time: any Timekeeper, log: any Log, patience: Patience?
    ) async throws(LedgerError) -> LivePage? {
        guard let file = settings.statusPage.file.map({ ReplacedFile(path: $0) }) else { return nil }
        let ledger = try await SQLiteLedger.openAside(
            settings.ledger(rules: settings.alertRules), mode: .readOnly, patience: patience)
        let keeper = PageKeeper(ledger: ledger, time: time, log: log) { content, now throws(ReplacedFile.Failure) in
            try file.write(StatusPage.html(StatusReport(content, settings, origin: .daemon, at: now)))
        }
        return LivePage(keeper: keeper, ledger: ledger)
    }

    func close() async {
        await ledger.close()
    }
}

/// Tells the desk what it is told, and the status page that something may have changed.
@Loop
final class TellerWithPage: AlertTeller {
    private let desk: AlertDesk
    private let page: PageKeeper

    init(_ desk: AlertDesk, _ page: PageKeeper) {
        self.desk = desk
        self.page = page
    }

    func wake() {
        desk.wake()
        page.wake()
    }

    func storeTrouble(detail: String) { desk.storeTrouble(detail: detail) }

    func storeRecovered() { desk.storeRecovered() }

    func drain() async {
        await desk.drain()
        await page.stop()
    }
}

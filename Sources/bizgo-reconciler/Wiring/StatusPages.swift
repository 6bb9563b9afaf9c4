internal import Alerting
internal import Configuration
internal import Engine
internal import Ledger
internal import Observability
internal import Reconciliation

extension StatusReport {
    @Loop
    init(_ content: Content, _ settings: Settings, origin: Origin, at now: Timestamp) {
        let language = AlertLanguage(settings.alerts.language)
        self.init(
            content: content, generatedAt: now, origin: origin, host: Sinks.identity(settings).host,
            version: Version.current, database: settings.store.path, interval: settings.reconcile.interval,
            language: settings.alerts.language == .korean ? "ko" : "en", secondsEastOfUTC: language.secondsEastOfUTC,
            meaning: { language.meaning(of: $0) })
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

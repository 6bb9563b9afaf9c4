import Engine
import Reconciliation

/// Alerts and tellings as the SQLite ledger keeps them, in memory; it outlives the desk as a file outlives a process.
actor MemoryAlertLedger: AlertLedger {
    private let rules: AlertRules
    private(set) var alerts: [AlertIdentity: Alert] = [:]
    private(set) var tellings: [Telling] = []
    private var lastDeliveryAt: Timestamp?
    private(set) var recordings = 0
    private var readError: LedgerError?
    private var writeError: LedgerError?

    init(rules: AlertRules) {
        self.rules = rules
    }

    func fail(reads: LedgerError? = nil, writes: LedgerError? = nil) {
        readError = reads
        writeError = writes
    }

    func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot {
        if let readError { throw readError }
        change { $0.advance(to: now, rules: rules) }
        return AlertSnapshot(alerts: Array(alerts.values), tellings: tellings)
    }

    func record(_ telling: Telling) async throws(LedgerError) {
        recordings += 1
        if let writeError { throw writeError }
        tellings.removeAll { $0.identity == telling.identity && $0.sink == telling.sink }
        tellings.append(telling)
    }

    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        if let writeError { throw writeError }
        change { for observation in observations { $0.apply(observation, at: now, rules: rules) } }
    }

    func telling(_ identity: AlertIdentity, _ sink: String) -> Telling? {
        tellings.first { $0.identity == identity && $0.sink == sink }
    }

    func acknowledge(_ identity: AlertIdentity) {
        alerts[identity]?.isAcknowledged = true
    }

    private func change(_ body: (inout AlertBook) -> Void) {
        var book = AlertBook(Array(alerts.values), lastDeliveryAt: lastDeliveryAt)
        body(&book)
        alerts = book.alerts
        lastDeliveryAt = book.lastDeliveryAt
    }
}

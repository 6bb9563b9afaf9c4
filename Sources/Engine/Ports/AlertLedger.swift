package import Reconciliation

/// The durable side of telling: which alerts there are, and what each sink has been told of them. The outbox is
/// the difference between the two.
package protocol AlertLedger: Sendable {
    /// All alerts that fire, and those that resolved but that some sink may not know of; with every telling.
    /// Ends what time has ended by `now` first.
    func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot

    /// Notes what a sink took, did not take, or is going to be told.
    func record(_ telling: Telling) async throws(LedgerError)

    /// As `Ledger.observe`.
    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError)
}

package struct AlertSnapshot: Hashable, Sendable {
    package var alerts: [Alert]
    package var tellings: [Telling]

    package init(alerts: [Alert] = [], tellings: [Telling] = []) {
        self.alerts = alerts
        self.tellings = tellings
    }

    /// How many fire, by name.
    package var firing: [AlertName: Int] {
        Dictionary(alerts.filter(\.isFiring).map { ($0.identity.name, 1) }, uniquingKeysWith: +)
    }
}

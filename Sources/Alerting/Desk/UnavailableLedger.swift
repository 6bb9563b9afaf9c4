package import Engine
package import Reconciliation

/// Stands in for a ledger that could not be opened, so that a desk can still say so.
package struct UnavailableLedger: AlertLedger {
    private let error: LedgerError

    package init(_ error: LedgerError) {
        self.error = error
    }

    package func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot { throw error }

    package func record(_ telling: Telling) async throws(LedgerError) { throw error }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        throw error
    }
}

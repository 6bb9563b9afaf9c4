package import Reconciliation

/// A ledger for a dry run: reads through, writes nothing, and answers as if every settlement had taken effect.
package final class PreviewLedger: Ledger {
    private let ledger: any Ledger

    package init(_ ledger: any Ledger) {
        self.ledger = ledger
    }

    package func due(from cursor: DueCursor, at now: Timestamp, limit: Int) async throws(LedgerError) -> DuePage {
        try await ledger.due(from: cursor, at: now, limit: limit)
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        CommitResult(
            applied: decisions.compactMap { decision in
                if case .settle(let settlement) = decision.judgement { settlement } else { nil }
            })
    }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {}

    package func finish(_ cycle: CycleRecord, at now: Timestamp) async throws(LedgerError) {}

    package func providerHealth() async throws(LedgerError) -> ProviderHealth? {
        try await ledger.providerHealth()
    }

    package func probe() async throws(LedgerError) {
        try await ledger.probe()
    }
}

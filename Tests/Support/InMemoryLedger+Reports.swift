package import Engine
package import Reconciliation

extension InMemoryLedger {
    package func reported(_ keys: [MessageKey]) async throws(LedgerError) -> [ReportedMessage] {
        if let failure { throw failure }
        return keys.map { key in ReportedMessage(key: key, message: state(key)?.message, kept: kept[key]) }
    }

    package func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ReportedMessage] {
        if let failure { throw failure }
        let due = kept.filter { key, kept in
            kept.tryAt <= now && position.map { ($0.tryAt, $0.key) < (kept.tryAt, key) } ?? true
        }
        let inOrder = due.sorted { ($0.value.tryAt, $0.key) < ($1.value.tryAt, $1.key) }
        return try await reported(inOrder.prefix(limit).map(\.key))
    }

    package func apply(_ decisions: [ReportDecision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        let result = try await commit(decisions.compactMap(\.decision), at: now)
        try await observe(AlertObservation.of([], refusals: decisions.flatMap(\.refusals), at: now), at: now)
        for decision in decisions { keep(decision.kept, for: decision.key, at: now) }
        return result
    }
}

package import Reconciliation

/// A ledger for a dry run: reads through, writes nothing, and answers as if every decision had taken effect.
package actor PreviewLedger: Ledger {
    private let ledger: any Ledger
    /// Not due any more, as far as this run is concerned.
    private var decided: Set<MessageKey> = []
    /// By when the run asks what is due.
    private var dueBy: Timestamp?

    package init(_ ledger: any Ledger) {
        self.ledger = ledger
    }

    package func due(from cursor: DueCursor, at now: Timestamp, limit: Int) async throws(LedgerError) -> DuePage {
        dueBy = now
        var page = try await ledger.due(from: cursor, at: now, limit: limit)
        page.messages.removeAll { decided.contains($0.key) }
        return page
    }

    package func survey(at now: Timestamp, with others: [DueMessage]) async throws(LedgerError) -> BacklogEstimate? {
        try await ledger.survey(at: now, with: others)
    }

    package func known(_ keys: [MessageKey], at now: Timestamp) async throws(LedgerError) -> [KnownMessage] {
        try await ledger.known(keys.filter { !decided.contains($0) }, at: now)
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        let dueBy = dueBy ?? now
        decided.formUnion(decisions.lazy.filter { !$0.judgement.isDue(at: dueBy) }.map(\.message.key))
        return CommitResult(
            applied: decisions.compactMap { decision in
                if case .settle(let settlement) = decision.judgement { settlement } else { nil }
            })
    }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {}

    package func finish(_ cycle: CycleRecord, at now: Timestamp) async throws(LedgerError) {}

    package func refusals() async throws(LedgerError) -> RejectedRows? { try await ledger.refusals() }

    package func retryRefused(all: Bool, at now: Timestamp) async throws(LedgerError) {}

    package func providerHealth() async throws(LedgerError) -> ProviderHealth? {
        try await ledger.providerHealth()
    }

    package func clockAllowance() async throws(LedgerError) -> ClockAllowance? { try await ledger.clockAllowance() }

    package func keep(_ allowance: ClockAllowance?) async throws(LedgerError) {}

    package func note(_ heard: [ScannedReport]) async throws(LedgerError) -> Int { try await ledger.note(heard) }

    package func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [ScannedReport] {
        try await ledger.noted(past: key, limit: limit)
    }

    package func forgetNotes() async throws(LedgerError) { try await ledger.forgetNotes() }

    package func probe() async throws(LedgerError) {
        try await ledger.probe()
    }

    package func reported(_ keys: [MessageKey]) async throws(LedgerError) -> [ReportedMessage] {
        try await ledger.reported(keys)
    }

    package func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ReportedMessage] {
        try await ledger.reportsToRetry(past: position, at: now, limit: limit)
    }

    package func apply(_ decisions: [ReportDecision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        try await commit(decisions.compactMap(\.decision), at: now)
    }

    /// Nothing comes to a dry run.
    package func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, puttingOffFor rejection: LedgerError?, at now: Timestamp
    ) async throws(LedgerError) -> TakeResult { TakeResult() }

    package func settledByWebhook(since: Timestamp, draw: Double) async throws(LedgerError) -> WebhookSample? { nil }

    package func keep(_ peers: [WebhookPeer]) async throws(LedgerError) {}

    package func pendingOutline(countingUpTo most: Int) async throws(LedgerError) -> PendingOutline {
        try await ledger.pendingOutline(countingUpTo: most)
    }

    package func settledShare(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> SettledShare {
        try await ledger.settledShare(since: since, until: now)
    }

    package func outcomes(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> OutcomeCounts {
        try await ledger.outcomes(since: since, until: now)
    }

    package func reportDelays(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> ReportDelays {
        try await ledger.reportDelays(since: since, until: now)
    }
}

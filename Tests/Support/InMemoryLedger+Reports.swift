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
        let left = decisions.map { $0.left(of: kept[$0.key], at: now) }
        var result = try await commit(decisions.compactMap(\.decision), at: now)
        let refusals = decisions.flatMap(\.refusals)
        result.refusals += refusals
        try await observe(AlertObservation.of([], refusals: refusals, at: now), at: now)
        for (decision, kept) in zip(decisions, left) { keep(kept, for: decision.key, at: now) }
        return result
    }

    package func settledByWebhook(since: Timestamp, draw: Double) async throws(LedgerError) -> WebhookSample? {
        let settled = webhooks.filter { $0.at >= since }
        guard !settled.isEmpty else { return nil }
        let drawn = settled[Int(Double(settled.count) * draw)]
        return WebhookSample(key: drawn.key, status: drawn.status)
    }

    package func keep(_ peers: [WebhookPeer]) throws(LedgerError) {
        if let failure { throw failure }
        self.peers = peers
    }

    package func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, puttingOffFor rejection: LedgerError?, at now: Timestamp
    ) async throws(LedgerError) -> TakeResult {
        if let failure { throw failure }
        if entries.contains(where: { $0.key == poisoned }) { throw LedgerError(.unexpected, "a mistake") }
        await held?()
        takes.append(entries.count)
        var sifter = sifter
        var result = TakeResult()
        var decisions: [ReportDecision] = []
        for (key, new) in entries.byKey {
            let reported = ReportedMessage(key: key, message: state(key)?.message, kept: kept[key])
            guard var taken = sifter.take(reported, new, at: now) else { continue }
            if let rejection { taken.decision = taken.decision.refused(rejection, at: now) }
            result.add(taken)
            decisions.append(taken.decision)
        }
        result.commit = try await apply(decisions, at: now)
        return result
    }
}

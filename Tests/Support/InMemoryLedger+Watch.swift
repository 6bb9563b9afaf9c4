package import Engine
package import Reconciliation

extension InMemoryLedger {
    package func pendingOutline(countingUpTo most: Int) async throws(LedgerError) -> PendingOutline {
        let pending = rows.values.filter { $0.status == .pending }
        return PendingOutline(
            count: min(most, pending.count), oldestAcceptedAt: pending.map(\.acceptedAt).min(),
            unreadable: UnreadableRows())
    }

    package func settledShare(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> SettledShare {
        SettledShare(
            byAsking: askedAt.count { $0 >= since && $0 <= now },
            elsewhere: settledAt.count { $0 >= since && $0 <= now })
    }

    package func outcomes(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> OutcomeCounts {
        var counts = OutcomeCounts()
        for (time, outcome) in outcomes where time >= since && time <= now { counts.add(outcome) }
        return counts
    }

    package func reportDelays(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> ReportDelays {
        var counts = ReportDelays()
        for delay in delays where delay.reportedAt >= since && delay.reportedAt <= now {
            counts.add(step: ReportDelays.step(of: delay.length))
        }
        return counts
    }
}

extension InMemoryLedger: AlertLedger {
    package func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot {
        if let failure { throw failure }
        advanceAlerts(to: now)
        return AlertSnapshot(alerts: Array(book.alerts.values), tellings: tellings)
    }

    package func record(_ telling: NotificationRecord) async throws(LedgerError) {
        if let failure { throw failure }
        tellings.removeAll { $0.identity == telling.identity && $0.sink == telling.sink }
        tellings.append(telling)
    }
}

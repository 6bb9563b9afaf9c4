internal import Engine
package import Ledger
package import Reconciliation

/// How things stand, for people (and, in `StatusText+JSON`, for programs).
package enum StatusText {
    package static func lines(_ overview: LedgerOverview, in zone: Zone, at now: Timestamp) -> [String] {
        messages(overview, zone) + unusual(overview)
            + [lastCycle(overview.lastCycle, zone, at: now)]
            + (overview.providerHealth.map { [provider($0, zone, at: now)] } ?? [])
            + alerts(overview.firing, zone, at: now)
    }

    private static func messages(_ overview: LedgerOverview, _ zone: Zone) -> [String] {
        let lines = [
            "messages      \(overview.pending) pending, \(overview.sent) sent, \(overview.deadLetters) dead letters",
            "oldest        " + oldest(overview, zone),
        ]
        guard overview.deadLetters > 0 else { return lines }
        let reasons = DeadLetterReason.allCases.compactMap { reason in
            overview.deadLettersByReason[reason].map { "\($0) \(reason.rawValue)" }
        }
        return lines + [
            "dead letters  " + (reasons + ["\(overview.otherDeadLetters) by others"]).joined(separator: ", ")
        ]
    }

    private static func oldest(_ overview: LedgerOverview, _ zone: Zone) -> String {
        if let age = overview.oldestPendingAge, let acceptedAt = overview.oldestPendingAcceptedAt {
            return "pending for \(ElapsedText.of(age)), since \(zone.second(acceptedAt))"
        }
        guard overview.pending > 0 else { return "nothing pending" }
        return "unknown: \(overview.pendingWithoutTime) without a readable time, "
            + "\(overview.pendingWithoutKey) not accepted yet"
    }

    /// What is told only where there is such a thing.
    private static func unusual(_ overview: LedgerOverview) -> [String] {
        var lines: [String] = []
        if overview.pendingWithUnreadableKey > 0 {
            lines.append(
                "unreadable    \(overview.pendingWithUnreadableKey) pending rows have a message key that is no UTF-8")
        }
        if overview.pendingWithoutTime > 0 {
            lines.append("unreadable    \(overview.pendingWithoutTime) pending rows have a time that cannot be read")
        }
        if overview.withUnmappedStatus > 0 {
            lines.append("unreadable    \(overview.withUnmappedStatus) rows have a status nobody mapped")
        }
        if overview.unmatchedReports > 0 {
            lines.append("unmatched     \(overview.unmatchedReports) fetched reports are about messages without a row")
        }
        if let refusals = overview.refusals { lines.append("refused       " + refusals.error.message) }
        return lines
    }

    private static func lastCycle(_ cycle: CycleRecord?, _ zone: Zone, at now: Timestamp) -> String {
        guard let cycle else { return "last cycle    none yet" }
        return "last cycle    \(cycle.result.rawValue), \(ElapsedText.of(now - cycle.startedAt)) ago "
            + "(\(zone.second(cycle.startedAt))), took \(cycle.duration.wholeMilliseconds) ms"
    }

    private static func provider(_ health: ProviderHealth, _ zone: Zone, at now: Timestamp) -> String {
        "provider      \(health.state.rawValue) for \(ElapsedText.of(now - health.since)), since \(zone.second(health.since))"
            + (health.detail.map { ": \($0)" } ?? "")
    }

    private static func alerts(_ firing: [Alert], _ zone: Zone, at now: Timestamp) -> [String] {
        guard !firing.isEmpty else { return ["alerts        none firing"] }
        let rows = firing.map { alert in
            [
                "  " + alert.identity.dedupKey, alert.identity.name.severity.rawValue, String(alert.count),
                ElapsedText.of(now - alert.since), zone.second(alert.since), alert.isAcknowledged ? "yes" : "-",
            ]
        }
        return [""] + TextTable.lines(["FIRING", "SEVERITY", "COUNT", "FOR", "SINCE", "ACKED"], rows)
    }
}

internal import Engine
internal import Ledger
internal import Reconciliation

/// The overview for programs and for people.
enum StatusText {
    static func json(_ overview: LedgerOverview, at now: Timestamp) -> JSONDocument {
        let reasons = DeadLetterReason.allCases.map { reason in
            (reason.rawValue, JSONDocument.integer(overview.deadLettersByReason[reason] ?? 0))
        }
        return .object([
            (
                "messages",
                .object([
                    ("pending", .integer(overview.pending)), ("sent", .integer(overview.sent)),
                    ("dead_letter", .integer(overview.deadLetters)),
                ])
            ),
            ("oldest_pending_age_seconds", .optional(overview.oldestPendingAge.map { Int($0.components.seconds) })),
            ("pending_without_key", .integer(overview.pendingWithoutKey)),
            ("pending_with_unreadable_key", .integer(overview.pendingWithUnreadableKey)),
            ("pending_without_time", .integer(overview.pendingWithoutTime)),
            ("dead_letter_by_reason", .object(reasons + [("other", .integer(overview.otherDeadLetters))])),
            ("unmatched_reports", .integer(overview.unmatchedReports)),
            ("refused_rows", .integer(overview.refusals?.count ?? 0)),
            ("last_cycle", overview.lastCycle.map(json) ?? .null),
            ("last_success_at", .optional(overview.lastSuccessAt?.iso8601(withMilliseconds: true))),
            ("provider", overview.providerHealth.map(json) ?? .null),
            ("alerts", .array(overview.firing.map(json))),
            ("schema_version", .optional(overview.schemaVersion)),
        ])
    }

    private static func json(_ cycle: CycleRecord) -> JSONDocument {
        .object([
            ("started_at", .string(cycle.startedAt.iso8601(withMilliseconds: true))),
            ("duration_ms", .integer(Int(cycle.duration.wholeMilliseconds))),
            ("result", .string(cycle.result.rawValue)),
        ])
    }

    private static func json(_ health: ProviderHealth) -> JSONDocument {
        .object([
            ("state", .string(health.state.rawValue)), ("since", .string(health.since.iso8601(withMilliseconds: true))),
            ("detail", .optional(health.detail)),
        ])
    }

    private static func json(_ alert: Alert) -> JSONDocument {
        .object([
            ("name", .string(alert.identity.name.rawValue)),
            (
                "labels",
                .object(alert.identity.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            ("severity", .string(alert.identity.name.severity.rawValue)), ("state", .string(alert.state.rawValue)),
            ("count", .integer(alert.count)), ("since", .string(alert.since.iso8601(withMilliseconds: true))),
            ("acked", .bool(alert.isAcknowledged)),
        ])
    }

    static func lines(_ overview: LedgerOverview, at now: Timestamp) -> [String] {
        var lines = [
            "messages      \(overview.pending) pending, \(overview.sent) sent, \(overview.deadLetters) dead letters",
            "oldest        " + oldest(overview),
        ]
        let reasons = DeadLetterReason.allCases.compactMap { reason in
            overview.deadLettersByReason[reason].map { "\($0) \(reason.rawValue)" }
        }
        if overview.deadLetters > 0 {
            lines.append(
                "dead letters  " + (reasons + ["\(overview.otherDeadLetters) by others"]).joined(separator: ", "))
        }
        if overview.pendingWithUnreadableKey > 0 {
            lines.append(
                "unreadable    \(overview.pendingWithUnreadableKey) pending rows have a message key that is no UTF-8")
        }
        if overview.pendingWithoutTime > 0 {
            lines.append("unreadable    \(overview.pendingWithoutTime) pending rows have a time that cannot be read")
        }
        if overview.unmatchedReports > 0 {
            lines.append("unmatched     \(overview.unmatchedReports) fetched reports are about messages without a row")
        }
        if let refusals = overview.refusals { lines.append("refused       " + refusals.error.message) }
        if let cycle = overview.lastCycle {
            lines.append(
                "last cycle    \(cycle.result.rawValue), \(ago(now - cycle.startedAt)) ago, "
                    + "took \(cycle.duration.wholeMilliseconds) ms")
        } else {
            lines.append("last cycle    none yet")
        }
        if let health = overview.providerHealth {
            lines.append(
                "provider      \(health.state.rawValue) for \(ago(now - health.since))"
                    + (health.detail.map { ": \($0)" } ?? ""))
        }
        guard !overview.firing.isEmpty else { return lines + ["alerts        none firing"] }
        let rows = overview.firing.map { alert in
            [
                "  " + alert.identity.dedupKey, alert.identity.name.severity.rawValue, String(alert.count),
                ago(now - alert.since), alert.isAcknowledged ? "yes" : "-",
            ]
        }
        return lines + [""] + TextTable.lines(["FIRING", "SEVERITY", "COUNT", "FOR", "ACKED"], rows)
    }

    private static func oldest(_ overview: LedgerOverview) -> String {
        if let age = overview.oldestPendingAge { return "pending for \(ago(age))" }
        guard overview.pending > 0 else { return "nothing pending" }
        return "unknown: \(overview.pendingWithoutTime) without a readable time, "
            + "\(overview.pendingWithoutKey) not accepted yet"
    }

    /// `3d 4h`, `2h 10m`, `5m`, `12s`.
    static func ago(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case 172_800...: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        case 3600...: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        case 60...: return "\(seconds / 60)m"
        default: return "\(seconds)s"
        }
    }
}

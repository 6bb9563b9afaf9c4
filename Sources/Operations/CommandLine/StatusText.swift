package import Engine
package import Ledger
package import Reconciliation

/// How things stand, for people (and, in `StatusText+JSON`, for programs).
package enum StatusText {
    package static func lines(_ overview: LedgerOverview, in zone: Zone, at now: Timestamp) -> [String] {
        messages(overview, zone) + unusual(overview)
            + [lastCycle(overview.lastCycle, zone, at: now)]
            + (overview.providerHealth.map { [provider($0, zone, at: now)] } ?? [])
            + verification(overview, zone, at: now)
            + instances(overview.instances ?? [], zone)
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
                "unreadable    \(overview.pendingWithUnreadableKey) pending rows have a message key that is no UTF-8, or longer than"
                    + " \(MessageKey.longest) bytes")
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

    /// Told only where something was ever verified.
    private static func verification(_ overview: LedgerOverview, _ zone: Zone, at now: Timestamp) -> [String] {
        var lines: [String] = []
        if let progress = overview.verification {
            let look = progress.lookedAt.map {
                "account looked at \(ElapsedText.of(now - $0)) ago (\(zone.second($0)))"
            }
            let day = progress.verifiedUntil.map { "last day verified \(zone.date($0 - .milliseconds(1)))" }
            lines.append(
                "verification  \(look ?? "account not looked at yet"), \(day ?? "no whole day verified yet")")
        }
        if !overview.differences.isEmpty {
            lines.append("differences   " + DifferenceText.sum(overview.differences))
        }
        return lines
    }

    /// By the server's clock.
    private static func instances(_ instances: [InstanceView], _ zone: Zone) -> [String] {
        instances.map { instance in
            let role = instance.role == .working ? "working       " : "standby       "
            return role
                + "\(instance.host), process \(instance.processID), since \(zone.second(instance.since)), last seen"
                + " \(zone.second(instance.seenAt))"
        }
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

extension StatusText {
    /// What `status --json` prints.
    package static func json(_ overview: LedgerOverview) -> JSONOutput {
        .object(
            [
                ("messages", messages(overview)),
                ("oldest_pending_age_seconds", .optional(overview.oldestPendingAge.map { Int($0.components.seconds) })),
                ("pending_without_key", .integer(overview.pendingWithoutKey)),
                ("pending_with_unreadable_key", .integer(overview.pendingWithUnreadableKey)),
                ("pending_without_time", .integer(overview.pendingWithoutTime)),
                ("unreadable_rows", .integer(overview.unreadable.total)),
                ("dead_letter_by_reason", deadLetters(overview)),
                ("unmatched_reports", .integer(overview.unmatchedReports)),
                ("refused_rows", .integer(overview.refusals?.count ?? 0)),
                ("last_cycle", overview.lastCycle.map(json) ?? .null),
                ("last_success_at", .optional(overview.lastSuccessAt?.iso8601(withMilliseconds: true))),
                ("provider", overview.providerHealth.map(json) ?? .null),
                ("alerts", .array(overview.firing.map(json))),
                ("schema_version", .optional(overview.schemaVersion)),
                ("verification", overview.verification.map(json) ?? .null),
                ("differences", DifferenceText.json(overview.differences)),
                ("role", .string(role(overview))),
            ] + (overview.instances.map { [("instances", .array($0.map(json)))] } ?? []))
    }

    private static func role(_ overview: LedgerOverview) -> String {
        if overview.isWorkedOn { return "working" }
        return overview.instances?.isEmpty == false ? "standby" : "none"
    }

    private static func json(_ instance: InstanceView) -> JSONOutput {
        .object([
            ("host", .string(instance.host)), ("pid", .integer(instance.processID)),
            ("role", .string(instance.role.rawValue)),
            ("since", .string(instance.since.iso8601(withMilliseconds: true))),
            ("seen_at", .string(instance.seenAt.iso8601(withMilliseconds: true))),
        ])
    }

    private static func json(_ progress: VerificationSchedule.Progress) -> JSONOutput {
        .object([
            ("looked_at", .optional(progress.lookedAt?.iso8601(withMilliseconds: true))),
            ("verified_until", .optional(progress.verifiedUntil?.iso8601())),
        ])
    }

    private static func messages(_ overview: LedgerOverview) -> JSONOutput {
        .object([
            ("pending", .integer(overview.pending)), ("sent", .integer(overview.sent)),
            ("dead_letter", .integer(overview.deadLetters)),
        ])
    }

    private static func deadLetters(_ overview: LedgerOverview) -> JSONOutput {
        let reasons = DeadLetterReason.allCases.map { reason in
            (reason.rawValue, JSONOutput.integer(overview.deadLettersByReason[reason] ?? 0))
        }
        return .object(reasons + [("other", .integer(overview.otherDeadLetters))])
    }

    private static func json(_ cycle: CycleRecord) -> JSONOutput {
        .object([
            ("started_at", .string(cycle.startedAt.iso8601(withMilliseconds: true))),
            ("duration_ms", .integer(Int(cycle.duration.wholeMilliseconds))),
            ("result", .string(cycle.result.rawValue)),
        ])
    }

    private static func json(_ health: ProviderHealth) -> JSONOutput {
        .object([
            ("state", .string(health.state.rawValue)), ("since", .string(health.since.iso8601(withMilliseconds: true))),
            ("detail", .optional(health.detail)),
        ])
    }

    private static func json(_ alert: Alert) -> JSONOutput {
        let labels = alert.identity.labels.sorted { $0.key < $1.key }.map { ($0.key, JSONOutput.string($0.value)) }
        return .object([
            ("name", .string(alert.identity.name.rawValue)), ("labels", .object(labels)),
            ("severity", .string(alert.identity.name.severity.rawValue)), ("state", .string(alert.state.rawValue)),
            ("count", .integer(alert.count)), ("since", .string(alert.since.iso8601(withMilliseconds: true))),
            ("acked", .bool(alert.isAcknowledged)),
        ])
    }
}

/// What one pass did, as `once` ends with it.
package enum SummaryText {
    /// The keys that programs rely on, in their order.
    package static func json(_ summary: PassSummary) -> JSONOutput {
        let reasons = DeadLetterReason.allCases.map { reason in
            (reason.rawValue, JSONOutput.integer(summary.deadLetters[reason] ?? 0))
        }
        return .object([
            ("due", .integer(summary.due)), ("requests", .integer(summary.requests)), ("sent", .integer(summary.sent)),
            ("dead_letter", .object(reasons)), ("still_pending", .integer(summary.stillPending)),
            ("settled_elsewhere", .integer(summary.settledElsewhere)), ("late", .integer(summary.late)),
            ("provider", .string(summary.provider.rawValue)),
            ("duration_ms", .integer(Int(summary.duration.wholeMilliseconds))),
        ])
    }

    package static func line(_ summary: PassSummary) -> String {
        let reasons = DeadLetterReason.allCases.compactMap { reason in
            summary.deadLetters[reason].map { "\(reason.rawValue) \($0)" }
        }
        let detail = reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
        let seconds = Double(summary.duration.wholeMilliseconds / 100) / 10
        return "\(summary.due) due: \(summary.sent) sent, \(summary.deadLetterCount) dead letters\(detail), "
            + "\(summary.stillPending) still pending, \(summary.settledElsewhere) settled elsewhere, "
            + "\(summary.late) late; provider \(summary.provider.rawValue); \(summary.requests) requests in \(seconds) s"
    }
}

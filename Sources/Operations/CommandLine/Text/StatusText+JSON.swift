internal import Engine
package import Ledger
internal import Reconciliation

extension StatusText {
    /// What `status --json` prints.
    package static func json(_ overview: LedgerOverview) -> JSONOutput {
        .object([
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

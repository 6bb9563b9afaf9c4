package import Engine
internal import Reconciliation

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

internal import Engine
internal import Reconciliation

/// What one pass did, as `once` ends with it.
enum SummaryText {
    /// The keys of design.md, in its order.
    static func json(_ summary: PassSummary) -> String {
        let reasons = DeadLetterReason.allCases.map { "\"\($0.rawValue)\":\(summary.deadLetters[$0] ?? 0)" }
        return """
            {"due":\(summary.due),"requests":\(summary.requests),"sent":\(summary.sent),\
            "dead_letter":{\(reasons.joined(separator: ","))},"still_pending":\(summary.stillPending),\
            "settled_elsewhere":\(summary.settledElsewhere),"late":\(summary.late),\
            "provider":"\(summary.provider.rawValue)","duration_ms":\(summary.duration.wholeMilliseconds)}
            """
    }

    static func line(_ summary: PassSummary) -> String {
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

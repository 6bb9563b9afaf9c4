/// One change of a message's row.
package struct AuditEntry: Hashable, Sendable {
    /// What made it.
    package enum Source: String, Hashable, Sendable {
        /// The provider's answer to a question.
        case inquiry
        /// A report fetched by polling.
        case polling
        /// A report that the provider delivered to the daemon itself.
        case webhook
        /// An operator.
        case requeue
    }

    package var at: Timestamp
    package var from: RowStatus
    package var to: RowStatus
    package var reason: DeadLetterReason?
    package var code: ReportCode?
    package var source: Source
    /// Whether a listing of many messages made it a dead letter, and no question about the message itself.
    package var isListed = false
    /// `answers=3 failures=0 reported_at=…`; nothing the provider worded: that stays in the row.
    package var detail: String?

    package init(
        at: Timestamp, from: RowStatus, to: RowStatus, reason: DeadLetterReason? = nil, code: ReportCode? = nil,
        source: Source, detail: String? = nil
    ) {
        self.at = at
        self.from = from
        self.to = to
        self.reason = reason
        self.code = code
        self.source = source
        self.detail = detail
    }

    /// A settlement that takes effect.
    init(_ settlement: Settlement, at now: Timestamp) {
        var detail = "answers=\(settlement.tracking.answers) failures=\(settlement.tracking.failures)"
        if let reportedAt = settlement.reportedAt {
            detail += " reported_at=\(reportedAt.iso8601(withMilliseconds: true))"
        }
        if settlement.isLate { detail += " late" }
        let source: Source =
            switch settlement.source {
            case .inquiry: .inquiry
            case .polling: .polling
            case .webhook: .webhook
            }
        self.init(
            at: now, from: settlement.from, to: settlement.to, reason: settlement.reason, code: settlement.code,
            source: source, detail: detail)
        isListed = settlement.isListed && settlement.to == .deadLetter
    }
}

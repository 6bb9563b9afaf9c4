package import Reconciliation

/// One change of a message's row.
package struct AuditEntry: Hashable, Sendable {
    /// What made it.
    package enum Source: String, Hashable, Sendable {
        /// The provider's answer to a question.
        case inquiry
        /// A report fetched by polling.
        case polling
        /// An operator.
        case requeue

        init(_ source: Settlement.Source) {
            self =
                switch source {
                case .inquiry: .inquiry
                case .polling: .polling
                }
        }
    }

    package var at: Timestamp
    package var from: RowStatus
    package var to: RowStatus
    package var reason: DeadLetterReason?
    package var code: ReportCode?
    package var source: Source
    /// `answers=3 failures=0 reported_at=…`; nothing the provider worded.
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
}

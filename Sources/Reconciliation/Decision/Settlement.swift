/// A row's change of status, to be made only if the row still has the status that was read.
package struct Settlement: Hashable, Sendable {
    /// The words are those of the audit and of metrics.
    package enum Source: String, Hashable, CaseIterable, Sendable {
        /// The provider's answer to a question about the message.
        case inquiry
        /// A report fetched from where the provider holds them ready.
        case polling
        /// A report that the provider delivered to the daemon itself.
        case webhook
    }

    package var key: MessageKey
    package var row: RowLocator
    /// What the compare-and-set expects.
    package var from: RowStatus
    package var to: RowStatus
    /// Set with `to == .deadLetter`.
    package var reason: DeadLetterReason?
    /// The row's new report code; nil leaves none.
    package var code: ReportCode?
    /// The row's new error message; nil for a delivered message.
    package var message: String?
    /// The provider's time of the deciding report.
    package var reportedAt: Timestamp?
    /// From when the message's age counts; nil where that cannot be told, or no report decided.
    package var acceptedAt: Timestamp?
    /// Channels on which the account or the sender was refused, whatever became of the message on others: a fallback
    /// that delivers must not hide them.
    package var refusals: [ReportEntry] = []
    package var tracking: Tracking
    /// What led to it.
    package var source = Source.inquiry
    /// By a listing of many messages, which may leave out channels.
    package var isListed = false
    /// When to ask again although settled: a watched dead letter.
    package var nextAskAt: Timestamp?

    package init(
        key: MessageKey, row: RowLocator, from: RowStatus, to: RowStatus, reason: DeadLetterReason? = nil,
        code: ReportCode? = nil, message: String? = nil, reportedAt: Timestamp? = nil,
        acceptedAt: Timestamp? = nil, tracking: Tracking = Tracking(), nextAskAt: Timestamp? = nil
    ) {
        self.key = key
        self.row = row
        self.from = from
        self.to = to
        self.reason = reason
        self.code = code
        self.message = message
        self.reportedAt = reportedAt
        self.acceptedAt = acceptedAt
        self.tracking = tracking
        self.nextAskAt = nextAskAt
    }

    /// How long the deciding report took; nil where there is none, or no telling.
    package func delay(learntAt now: Timestamp) -> ReportDelay? {
        ReportDelay(acceptedAt: acceptedAt, reportedAt: reportedAt, learntAt: now)
    }

    /// A dead letter of which nobody knows the outcome.
    package var isGivenUp: Bool { reason.map { $0 != .reported } ?? false }

    /// Whether a question found out what has become of a message that nobody else had heard of.
    package var isFoundByAsking: Bool { source == .inquiry && from == .pending && !isGivenUp }

    /// A dead letter that turns out to have been delivered.
    package var isLate: Bool { from == .deadLetter && to == .sent }

    /// What still holds after the compare-and-set missed because the row already was `current`: evidence of
    /// delivery turns a dead letter into `SENT`, everything else was settled elsewhere.
    package func afterLosing(to current: RowStatus) -> Settlement? {
        guard to == .sent, from == .pending, current == .deadLetter else { return nil }
        var late = self
        late.from = .deadLetter
        return late
    }
}

/// Why a row is a dead letter.
package enum DeadLetterReason: String, CaseIterable, Sendable {
    /// The provider reported a failure.
    case reported
    /// No final report, though the provider was asked after the deadline.
    case stale
    /// As `stale`, but the last word was a code that leaves the outcome open.
    case uncertain
    /// Out of the provider's window before any answer was had.
    case unverifiable

    /// Whether the provider may still come to know better, so that it is asked daily.
    package var isWatched: Bool { self == .stale || self == .uncertain }
}

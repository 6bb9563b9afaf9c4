/// What the reconciler remembers of a message between asks.
package struct Tracking: Hashable, Sendable {
    /// Questions about the message that were answered, whatever the answer.
    package var answers: Int
    /// Whether one of those answers is worth something: it came within the provider's window, or spoke of the message.
    package var wasAnswered: Bool
    /// The last report code that was not final.
    package var lastCode: ReportCode?
    /// Questions in a row that failed for this message alone.
    package var failures: Int
    /// Why the row is a dead letter, if the reconciler made it one.
    package var reason: DeadLetterReason?
    /// Why the table refused to have the row changed, until it is changed.
    package var refusal: String?
    /// When the message's key was first seen, where another one was in its row before.
    package var firstSeenAt: Timestamp?
    /// The codes of refusals of the account or the sender that people have been told of: each counts once a message.
    package var toldRefusals: Set<ReportCode> = []
    /// Refusals of the account or the sender that the last answer told of and none before it, while the message is open:
    /// for the alerts, and not kept.
    package var newRefusals: [ReportEntry] = []

    package init(
        answers: Int = 0, wasAnswered: Bool = false, lastCode: ReportCode? = nil, failures: Int = 0,
        reason: DeadLetterReason? = nil, refusal: String? = nil, firstSeenAt: Timestamp? = nil
    ) {
        self.answers = answers
        self.wasAnswered = wasAnswered
        self.lastCode = lastCode
        self.failures = failures
        self.reason = reason
        self.refusal = refusal
        self.firstSeenAt = firstSeenAt
    }
}

/// A row about which the provider is to be asked now: a `PENDING` one, or a dead letter still watched.
package struct DueMessage: Hashable, Sendable {
    package var key: MessageKey
    /// The row's address in its table; opaque outside the ledger.
    package var row: RowLocator
    /// As read; the settlement's compare-and-set expects it.
    package var status: RowStatus
    /// From when its age counts: when it was accepted or, if that is later, is to leave, or was first seen in a row that
    /// had another key before. Nil when a column cannot be read as a time: such a message is asked about but never given
    /// up.
    package var acceptedAt: Timestamp?
    package var tracking: Tracking
    /// Whether it is its turn, by which it counts as due. Of another one a listing spoke, or the provider by itself.
    package var isTurn = true
    /// What the provider reported of it by itself: failures that are believed once its channels are known.
    package var kept: KeptReports?

    package init(key: MessageKey, row: RowLocator, status: RowStatus, acceptedAt: Timestamp?, tracking: Tracking) {
        self.key = key
        self.row = row
        self.status = status
        self.acceptedAt = acceptedAt
        self.tracking = tracking
    }

    /// With an age that counts from now at the earliest, as another key was in its row before.
    package func firstSeen(at now: Timestamp) -> DueMessage {
        var message = self
        message.tracking.firstSeenAt = now
        message.acceptedAt = message.tracking.start(acceptedAt)
        return message
    }

    /// Whether it is left to its webhook for its age.
    /// - Parameter after: how long a new message is.
    package func isYoung(at now: Timestamp, after: Duration) -> Bool {
        status == .pending && acceptedAt.map { now < $0 + after } ?? false
    }
}

/// Where a row is in its table: only the ledger that gave it knows what it means.
package struct RowLocator: Hashable, Sendable, CustomStringConvertible {
    /// Of SQLite.
    package let rowid: Int64

    package init(rowid: Int64) {
        self.rowid = rowid
    }

    /// By which people find the row.
    package var description: String { String(rowid) }
}

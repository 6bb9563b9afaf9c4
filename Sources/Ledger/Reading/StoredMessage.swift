package import Engine
package import Reconciliation

/// A row of the application's table, with what the reconciler knows of its message.
package struct StoredMessage: Hashable, Sendable {
    package var row: RowLocator
    /// The application's own id, where mapped.
    package var id: String?
    /// Nil until the message was accepted.
    package var key: MessageKey?
    package var status: RowStatus
    /// As it stands in the row.
    package var statusText: String
    package var serviceType: String?
    package var reportCode: String?
    package var errorMessage: String?
    package var acceptedAt: Timestamp?
    package var updatedAt: Timestamp?
    /// As they stand in the row.
    package var acceptedText: String?
    /// When it is to leave, where it was reserved for later.
    package var scheduledAt: Timestamp?
    package var scheduledText: String?
    /// From when its age counts, as far as the row tells: its acceptance, or later than that the time it is reserved
    /// for. Nil where one of them cannot be read.
    package var start: Timestamp?
    /// When its key was first seen, where another one was in its row before.
    package var firstSeenAt: Timestamp?
    package var updatedText: String?
    /// Why the reconciler made it a dead letter, while it is one.
    package var reason: DeadLetterReason?
    package var nextAskAt: Timestamp?
    /// False for another channel's row (`store.service_types`).
    package var isOurs = true
    /// Whether another key was in its row before, and it has not been seen there by a pass: its age will count from then.
    package var isSentAgain = false

    /// From when its age counts.
    package var countsFrom: Timestamp? { Tracking(firstSeenAt: firstSeenAt).start(start) }
}

/// All that is known of one message, for `show`.
package struct MessageDetail: Hashable, Sendable {
    /// Nil when the row is gone and only its history is left.
    package var message: StoredMessage?
    /// Nil when it was never asked about, or needs no question any more.
    package var tracking: Tracking?
    /// Oldest first.
    package var timeline: [AuditEntry]
}

/// What became of dead letters that were to be pending again.
package struct RequeueResult: Hashable, Sendable {
    package var requeued: [MessageKey] = []
    package var notDeadLetters: [MessageKey] = []
    /// Others' rows (`store.service_types`).
    package var notOurs: [MessageKey] = []
    package var notFound: [MessageKey] = []
    /// Those whose rows the table does not let be changed, and why the first is not.
    package var refused: [MessageKey] = []
    package var refusal: LedgerError?
}

package import Engine
package import Reconciliation

/// The whole table in numbers, for `status`.
package struct LedgerOverview: Hashable, Sendable {
    package var pending = 0
    package var sent = 0
    package var deadLetters = 0
    /// Pending rows without a message key: not accepted by the provider (yet), so never asked about.
    package var pendingWithoutKey = 0
    /// Pending rows with a key that cannot be one: never asked about.
    package var pendingWithUnreadableKey = 0
    /// Pending rows with a key whose time of acceptance cannot be read: asked about, never given up.
    package var pendingWithoutTime = 0
    /// Rows whose status is no configured word, where none has one (`UnreadableRows`).
    package var withUnmappedStatus = 0
    /// When the oldest pending message with a key was accepted.
    package var oldestPendingAcceptedAt: Timestamp?
    /// Its age; nil when there is none, never negative.
    package var oldestPendingAge: Duration?
    /// Dead letters that the reconciler made.
    package var deadLettersByReason: [DeadLetterReason: Int] = [:]
    /// Reports fetched by polling whose messages are not in the table, or not yet.
    package var unmatchedReports = 0
    /// Rows that the table refuses to have changed; nil when there is none.
    package var refusals: Refusals?
    package var lastCycle: CycleRecord?
    package var lastSuccessAt: Timestamp?
    package var providerHealth: ProviderHealth?
    /// Oldest first.
    package var firing: [Alert] = []
    /// Nil where the reconciler has never been.
    package var schemaVersion: Int?

    package var unreadable: UnreadableRows {
        UnreadableRows(times: pendingWithoutTime, keys: pendingWithUnreadableKey, statuses: withUnmappedStatus)
    }

    /// Dead letters that somebody else made.
    package var otherDeadLetters: Int { max(0, deadLetters - deadLettersByReason.values.reduce(0, +)) }
}

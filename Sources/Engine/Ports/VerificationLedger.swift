package import Reconciliation

/// What is kept of verifications: how far they have come, what the provider's statistics have said, and what differs.
package protocol VerificationLedger: Sendable {
    /// Whether rows are found by their keys without walking the table: else they are not held against any listing.
    func findsByKey() async throws(LedgerError) -> Bool

    /// Nil where nothing was ever verified.
    func verificationProgress() async throws(LedgerError) -> VerificationSchedule.Progress?

    func keep(_ progress: VerificationSchedule.Progress) async throws(LedgerError)

    func deliveryHistory() async throws(LedgerError) -> DeliveryHistory

    /// Keeps it in place of what was kept before, and lets observations change the alerts, in one transaction.
    func keep(
        _ history: DeliveryHistory, observing observations: [AlertObservation], at now: Timestamp
    ) async throws(LedgerError)

    /// Those of the keys of which the reconciler's own tables know, although no row may have them any more.
    func traces(of keys: [MessageKey]) async throws(LedgerError) -> Set<MessageKey>

    /// Those of the differences that were noted before.
    func known(of differences: [Difference]) async throws(LedgerError) -> Set<Difference>

    /// Notes differences, and tells people of those that are new, in one transaction.
    /// - Returns: those that were not noted before.
    func note(_ differences: [Difference], at now: Timestamp) async throws(LedgerError) -> Set<Difference>

    /// Dead letters that a listing of many messages made, in the order in which it did, past that one.
    func deadLettersByListing(past id: Int64, limit: Int) async throws(LedgerError) -> [ListedDeadLetter]

    /// The last of them that was looked at; 0 where none was.
    func lastListedDeadLetter() async throws(LedgerError) -> Int64

    func keep(lastListedDeadLetter id: Int64) async throws(LedgerError)
}

/// A dead letter in the audit that no question about the message itself has confirmed.
package struct ListedDeadLetter: Hashable, Sendable {
    /// Of the audit.
    package var id: Int64
    package var key: MessageKey

    package init(id: Int64, key: MessageKey) {
        self.id = id
        self.key = key
    }
}

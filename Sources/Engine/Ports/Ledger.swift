package import Reconciliation

/// The application's table together with the reconciler's own: which messages are due, and what became of them.
///
/// One contract test suite (Tests/LedgerTests) says what every implementation must do.
package protocol Ledger: SweepNotes {
    /// A page of the messages that are due at `now`, each at most once in a walk from the first page to the last.
    ///
    /// Fair between messages asked before, never asked and old, never asked and new: a page takes from all three.
    /// - Returns: the messages (a page may be empty and still not the last), and where to go on; nil at the end.
    func due(from cursor: DueCursor, at now: Timestamp, limit: Int) async throws(LedgerError) -> DuePage

    /// An outline of what is due at `now`, watched dead letters among it, from its oldest rows on, and of the others that
    /// are asked about besides; bounded in what it reads. Nil where messages cannot be found by their keys (`known`), so
    /// that listings of many are of no use.
    func survey(at now: Timestamp, with others: [DueMessage]) async throws(LedgerError) -> DueSurvey?

    /// The messages of these keys that a report could still change: pending ones, and dead letters. Keys of other
    /// rows, or of none, are left out. Found by their key alone, without walking the table.
    func known(_ keys: [MessageKey], at now: Timestamp) async throws(LedgerError) -> [KnownMessage]

    /// Makes what was decided true: rows, audit, tracking and the alerts they cause, all in one transaction.
    ///
    /// A settlement is a compare-and-set on the status that was read; one that misses is tried once more against
    /// the row as it is now, by `Settlement.afterLosing(to:)`.
    func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult

    /// Lets observations change the alerts.
    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError)

    /// Notes the end of a cycle, with the provider's health, for `status`; and tidies up what has expired.
    func finish(_ cycle: CycleRecord, at now: Timestamp) async throws(LedgerError)

    /// Rows that a commit found the table to refuse, and that nobody has settled since; nil when there is none.
    func refusals() async throws(LedgerError) -> Refusals?

    /// Makes rows due now that the table refused: all of them, or those of a table that is defined otherwise than at the
    /// last call. Until they have been tried they stay refused.
    func retryRefused(all: Bool, at now: Timestamp) async throws(LedgerError)

    /// The provider's health as last noted by `finish`; nil when never.
    func providerHealth() async throws(LedgerError) -> ProviderHealth?

    /// What messages are given more because the clock has jumped, as noted last; nil where there is nothing.
    func clockAllowance() async throws(LedgerError) -> ClockAllowance?

    /// Notes it for the next process; nil: no more.
    func keep(_ allowance: ClockAllowance?) async throws(LedgerError)

    /// Proves that the store can be read.
    func probe() async throws(LedgerError)
}

extension Ledger {
    /// Of what is due alone.
    package func survey(at now: Timestamp) async throws(LedgerError) -> DueSurvey? {
        try await survey(at: now, with: [])
    }
}

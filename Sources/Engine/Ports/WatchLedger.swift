package import Reconciliation

/// What a ledger must tell of its messages as a whole, once a cycle, for the alerts that watch them.
package protocol WatchLedger: Sendable {
    /// The pending messages at a glance.
    /// - Parameter most: counting stops there.
    func pendingOutline(countingUpTo most: Int) async throws(LedgerError) -> PendingOutline

    /// The messages settled from `since` to `now`. Nothing where there is too much to look at for the count to be right.
    func settledShare(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> SettledShare
}

package import Reconciliation

/// What commands leave to whoever works on the database: the rate is that of one process.
package protocol ErrandLedger: Sendable {
    /// - Returns: by which its end is found.
    /// - Throws: `unusable` for a verification where rows are not found by their keys.
    func begin(_ errand: Errand, at now: Timestamp) async throws(LedgerError) -> ErrandID

    /// Those of a kind that nobody has ended, oldest first.
    func openErrands(_ kind: Errand.Kind, limit: Int) async throws(LedgerError) -> [(id: ErrandID, errand: Errand)]

    /// Ends it: what it came to is kept for a while.
    func end(_ id: ErrandID, with result: ErrandResult, at now: Timestamp) async throws(LedgerError)

    /// Nil while it is open.
    /// - Throws: where there is no such errand any more.
    func result(of id: ErrandID) async throws(LedgerError) -> ErrandResult?

    /// Forgets it: nobody waits for it any more.
    func forget(_ id: ErrandID) async throws(LedgerError)
}

package struct ErrandID: Hashable, Sendable {
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }
}

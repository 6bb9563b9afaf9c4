package import Reconciliation

/// Where a sweep notes what it has heard and cannot judge before its end.
package protocol SweepNotes: Sendable {
    /// Notes what a sweep has heard, replacing what it heard before of the same message and channel. Not durable: a
    /// sweep ends with its process.
    /// - Returns: how many messages it had not heard of before.
    func note(_ heard: [Heard]) async throws(LedgerError) -> Int

    /// What was noted, message by message in the order of their keys, past that key; all that is known of a message
    /// comes together. Empty at the end.
    func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [Heard]

    /// Forgets all that was noted.
    func forgetNotes() async throws(LedgerError)
}

package import Reconciliation

/// What a ledger must do where reports are fetched by polling: find messages by their keys, whatever their age and
/// status, and keep reports that cannot be applied yet.
///
/// One contract test suite (Tests/LedgerTests) says what every implementation must do.
package protocol ReportLedger: Sendable {
    /// What is known of these messages, in the order of the keys, each once.
    func reported(_ keys: [MessageKey]) async throws(LedgerError) -> [ReportedMessage]

    /// The messages with kept reports that are to be looked at again by `now`, those first that have waited longest.
    /// - Parameters:
    ///   - position: where the last page of the walk ended; nil at its beginning.
    ///   - limit: of messages; it may be a few fewer than there are.
    func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ReportedMessage]

    /// Makes what was decided true, all in one transaction: as `Ledger.commit`, and with the reports kept from now on.
    func apply(_ decisions: [ReportDecision], at now: Timestamp) async throws(LedgerError) -> CommitResult
}

extension ReportLedger {
    /// The first page of a walk.
    package func reportsToRetry(at now: Timestamp, limit: Int) async throws(LedgerError) -> [ReportedMessage] {
        try await reportsToRetry(past: nil, at: now, limit: limit)
    }
}

/// Where a walk over kept reports stands: past this time, and this key.
package struct ReportPosition: Hashable, Sendable {
    package var tryAt: Timestamp
    package var key: MessageKey

    package init(tryAt: Timestamp, key: MessageKey) {
        self.tryAt = tryAt
        self.key = key
    }
}

/// A message of which the provider has spoken unasked.
package struct ReportedMessage: Hashable, Sendable {
    package var key: MessageKey
    /// Its row, of whatever status; nil when there is none.
    package var message: DueMessage?
    /// The reports kept for it; nil when there are none.
    package var kept: KeptReports?

    package init(key: MessageKey, message: DueMessage?, kept: KeptReports?) {
        self.key = key
        self.message = message
        self.kept = kept
    }
}

/// What is to be done about a reported message.
package struct ReportDecision: Hashable, Sendable {
    package var key: MessageKey
    /// For its row; nil leaves that alone.
    package var decision: Decision?
    /// What is kept from now on in place of all that was kept before; nil keeps nothing.
    package var kept: KeptReports?
    /// Refusals of the account or the sender to be told now, whatever becomes of the message.
    package var refusals: [ReportEntry]

    package init(_ key: MessageKey, _ decision: Decision?, kept: KeptReports?, refusals: [ReportEntry] = []) {
        self.key = key
        self.decision = decision
        self.kept = kept
        self.refusals = refusals
    }
}

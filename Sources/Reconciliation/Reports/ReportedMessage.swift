/// A message of which the provider has spoken unasked.
package struct ReportedMessage: Hashable, Sendable {
    package var key: MessageKey
    /// Its row, of whatever status; nil when there is none.
    package var message: DueMessage?
    /// The reports kept for it; nil when there are none.
    package var kept: ParkedReports?

    package init(key: MessageKey, message: DueMessage?, kept: ParkedReports?) {
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
    /// What is kept from now on; nil keeps nothing.
    package var kept: ParkedReports?
    /// What was kept when this was decided.
    package var read: ParkedReports?
    /// Refusals of the account or the sender to be told now, whatever becomes of the message.
    package var refusals: [ReportEntry]

    package init(
        _ key: MessageKey, _ decision: Decision?, kept: ParkedReports?, read: ParkedReports?,
        refusals: [ReportEntry] = []
    ) {
        self.key = key
        self.decision = decision
        self.kept = kept
        self.read = read
        self.refusals = refusals
    }

    /// What is left to be kept when this is carried out. Reports that came since it was decided stay, and are looked at
    /// soon. Where all was done with meanwhile, nothing is kept again.
    /// - Parameter current: what is kept by now.
    package func left(of current: ParkedReports?, at now: Timestamp) -> ParkedReports? {
        guard let current else { return read == nil ? kept : nil }
        let known = read?.entries ?? []
        let news = current.entries.filter { !known.contains($0) }
        guard !news.isEmpty else { return kept }
        return ParkedReports(
            (kept?.entries ?? []).updated(with: news), isMatched: current.isMatched, receivedAt: current.receivedAt,
            tries: current.tries, tryAt: now)
    }
}

/// Says what is to be done about a message of which the provider has spoken unasked: settle what can be settled without a
/// question, and keep the rest.
package struct ReportSifter: Sendable {
    package enum Finding: Hashable, Sendable {
        case write(ReportDecision)
        /// Failures that have to be confirmed first, and the refusals among them that nobody has been told of.
        case confirm(ParkedReports, [ReportEntry])
        case nothing
    }

    /// Whether a failure is believed only after message status has been asked (generation `comm`).
    private let mustConfirm: Bool
    private let policy: Policy
    /// How the reports came.
    private let source: Settlement.Source
    /// Spreads the times of looking again.
    private var random: any RandomNumberGenerator & Sendable

    package init(
        mustConfirm: Bool, policy: Policy, source: Settlement.Source, random: any RandomNumberGenerator & Sendable
    ) {
        self.mustConfirm = mustConfirm
        self.policy = policy
        self.source = source
        self.random = random
    }

    /// - Parameter new: what has just come; empty for a look at what is kept.
    package mutating func sift(_ reported: ReportedMessage, _ new: [ReportEntry], at now: Timestamp) -> Finding {
        var message = reported.message
        // What was kept for a message that has a row was told when it came.
        if let kept = reported.kept, kept.isMatched { message?.tracking.note(told: kept.entries) }
        let entries = (reported.kept?.entries ?? []).updated(with: new)
        let reports = ParkedReports(
            entries, isMatched: message != nil, receivedAt: reported.kept?.receivedAt ?? now,
            tries: new.isEmpty ? reported.kept?.tries ?? 0 : 0, tryAt: now)
        let outcome = ReportOutcome(
            message, entries: entries, mustConfirm: mustConfirm, source: source, at: now, policy: policy,
            random: &random)
        switch (outcome, message, reports) {
        case (.decided(.wait), _?, let reports?) where new.isEmpty:
            return .write(decision(reported, nil, kept: reports.triedInVain(at: now, random: &random)))
        case (.decided(let judgement), let message?, _):
            return .write(change(reported, message, judgement, reports, at: now))
        case (.unconfirmed, let message?, let reports?):
            return .confirm(reports, message.tracking.news(of: entries))
        case (.unmatched, _, let reports?):
            return .write(decision(reported, nil, kept: reports.triedInVain(at: now, random: &random)))
        default:
            guard reported.kept != nil else { return .nothing }
            return .write(decision(reported, nil, kept: nil))
        }
    }

    /// The same for what has just come, with all that is to be written of it at once.
    package mutating func take(_ reported: ReportedMessage, _ new: [ReportEntry], at now: Timestamp) -> Taken? {
        switch sift(reported, new, at: now) {
        case .write(let decision):
            return Taken(decision: decision, isUnmatched: decision.kept?.isMatched == false)
        case .confirm(let kept, let refusals):
            // Of the message nothing is known before it is confirmed; of the account all is.
            let decision = decision(reported, nil, kept: kept, refusals: refusals)
            return Taken(decision: decision, isUnconfirmed: true)
        case .nothing: return nil
        }
    }

    package struct Taken: Hashable, Sendable {
        package var decision: ReportDecision
        /// There is no row.
        package var isUnmatched = false
        /// A failure has to be confirmed first.
        package var isUnconfirmed = false
    }

    /// A message that stays open keeps its reports, to be looked at again: its failures must not be forgotten when
    /// another channel delivers, nor a channel whose outcome is uncertain when another fails.
    private mutating func change(
        _ reported: ReportedMessage, _ message: DueMessage, _ judgement: Judgement, _ reports: ParkedReports?,
        at now: Timestamp
    ) -> ReportDecision {
        var message = message
        message.isTurn = false
        message.kept = reports
        let kept = judgement.isSettlement ? nil : reports?.triedInVain(at: now, random: &random)
        return decision(reported, Decision(message, judgement), kept: kept)
    }

    private func decision(
        _ reported: ReportedMessage, _ decision: Decision?, kept: ParkedReports?, refusals: [ReportEntry] = []
    ) -> ReportDecision {
        ReportDecision(reported.key, decision, kept: kept, read: reported.kept, refusals: refusals)
    }
}

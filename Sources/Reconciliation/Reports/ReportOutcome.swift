/// What reports that came unasked mean for their message, before anything is asked about it. Its row may be of any
/// age.
package enum ReportOutcome: Hashable, Sendable {
    case decided(Judgement)
    /// It failed on every channel reported so far, and another may be in flight.
    case unconfirmed
    /// There is no such row, or not yet.
    case unmatched
    /// Nothing that the row does not say already, or that would change it.
    case nothing

    /// - Parameters:
    ///   - message: nil when there is no row. Here it may have any status.
    ///   - entries: all that is known of it, one for each channel.
    ///   - mustConfirm: whether a failure is believed only after message status has been asked (generation `comm`).
    ///   - source: how they came.
    package init(
        _ message: DueMessage?, entries: [ReportEntry], mustConfirm: Bool, source: Settlement.Source, at now: Timestamp,
        policy: Policy, random: inout some RandomNumberGenerator
    ) {
        guard let message else {
            self = entries.contains { $0.code != nil } ? .unmatched : .nothing
            return
        }
        guard message.status == .pending || message.status == .deadLetter else {
            self = .nothing
            return
        }
        switch Verdict(entries: entries) {
        case .delivered(let entry):
            let settlement = Settlement.delivered(message, entry, message.tracking).noting(entries)
            self = .decided(.settle(settlement).byReport(source))
        case .failed where message.isFinalDeadLetter:
            self = .nothing
        case .failed where mustConfirm:
            self = .unconfirmed
        case .failed(let entry):
            let settlement = Settlement.failed(message, entry, message.tracking).noting(entries)
            self = .decided(.settle(settlement).byReport(source))
        case .inFlight(let code?) where message.status == .pending:
            self = .decided(.open(message, lastCode: code, entries, at: now, policy, random: &random))
        case .inFlight:
            self = .nothing
        }
    }
}

extension DueMessage {
    /// A failure tells nothing new of it: one that was reported, or that is somebody else's.
    fileprivate var isFinalDeadLetter: Bool {
        status == .deadLetter && (tracking.reason == nil || tracking.reason == .reported)
    }
}

extension Judgement {
    /// With the mark that a report which came unasked led to it. What was given up was given up by asking.
    /// - Parameter source: how it came.
    package func byReport(_ source: Settlement.Source) -> Judgement {
        guard case .settle(var settlement) = self, settlement.reason == nil || settlement.reason == .reported else {
            return self
        }
        settlement.source = source
        return .settle(settlement)
    }

    /// A report that leaves the outcome open is no answer to a question: it ends no deadline.
    fileprivate static func open(
        _ message: DueMessage, lastCode: ReportCode, _ entries: [ReportEntry], at now: Timestamp, _ policy: Policy,
        random: inout some RandomNumberGenerator
    ) -> Judgement {
        var tracking = message.tracking
        tracking.hear(lastCode, entries)
        let next = now + policy.retry.delay(afterAttempt: max(1, tracking.answers), using: &random)
        guard let deadline = message.acceptedAt.map({ $0 + policy.staleAfter }), deadline > now else {
            return .wait(until: next, tracking)
        }
        return .wait(until: min(next, deadline), tracking)
    }
}

/// What polling hands out: it comes again until it is acknowledged (`report/polling`).
package struct ReportBatch: Hashable, Sendable {
    /// The provider's `reportId`.
    package var id: String
    package var entries: [ReportEntry]

    package init(id: String, entries: [ReportEntry]) {
        self.id = id
        self.entries = entries
    }
}

/// How much of a cycle's time polling may take: the rest belongs to what is due.
package struct PollingBudget: Hashable, Sendable {
    /// Of the cycle's time, when fetching ends.
    private static let shareToFetch = 0.25
    /// When looking again at what was kept ends as well.
    private static let shareInAll = 0.5

    /// Of the cycle; nil where time does not matter.
    private let budget: Duration?

    package init(of budget: Duration?) {
        self.budget = budget
    }

    /// - Parameter elapsed: since polling began.
    package func mayFetch(after elapsed: Duration) -> Bool { isWithin(Self.shareToFetch, elapsed) }

    package func mayLookAgain(after elapsed: Duration) -> Bool { isWithin(Self.shareInAll, elapsed) }

    private func isWithin(_ share: Double, _ elapsed: Duration) -> Bool {
        budget.map { elapsed < $0 * share } ?? true
    }
}

/// How reports come by themselves: the provider delivers them in one way, as its console says for the key.
package enum ReportArrival: Hashable, Sendable {
    /// They go to the application.
    case elsewhere
    /// They are fetched.
    case polling
    /// The daemon takes the webhook.
    case webhook

    /// What led to a settlement by a report that was kept for a while.
    package var source: Settlement.Source { self == .polling ? .polling : .webhook }
}

internal import Reconciliation

/// Finds out about one message, by itself.
///
/// Where the state of all channels can be had, it is asked for: one question that tells delivered, failed and in
/// flight apart. Where it says nothing, or cannot be had, the reports are asked for. A failure among those is believed
/// only after the channels were asked about, because a fallback channel may be in flight; where they could not be had, it
/// is not, and the reports' silence is no reason to give up. Before a message is given up both have been asked.
@Loop
final class Examiner {
    enum Finding: Sendable {
        case answered([ReportEntry], askedAt: Timestamp)
        /// The reports have no final word, and the question about all channels, which could have one, failed: enough to
        /// wait, not to give up.
        case open([ReportEntry], askedAt: Timestamp, unconfirmed: QuestionFailure)
        case failed(QuestionFailure, Endpoint)
        case notAsked
    }

    private let gate: ProviderGate

    init(gate: ProviderGate) {
        self.gate = gate
    }

    /// Whether anything can be found out now.
    var isOpen: Bool {
        if gate.canAskChannels, gate.isOpen(.messageStatus) { return true }
        return gate.isOpen(.reportInquiry) && gate.lastFailure(of: .messageStatus)?.isThrottling != true
    }

    /// - Parameter givesUp: whether a message with these channels would be given up.
    func examine(
        _ message: DueMessage, givesUp: @Loop (_ channels: [ReportEntry], _ askedAt: Timestamp) -> Bool
    ) async -> Finding {
        let key = message.key
        guard key.canBeAsked else {
            let failure = QuestionFailure(.rejected, "a message key that is empty, `.` or `..` cannot be asked about")
            return .failed(failure, .reportInquiry)
        }
        guard gate.canAskChannels else { return await reports(message) }
        switch await ask(.channels(key), message) {
        case .answered(let channels, let askedAt):
            // What the reports would say came by itself.
            if message.kept != nil { return .answered(channels, askedAt: askedAt) }
            if channels.isEmpty { return await confirmedReports(message) }
            guard givesUp(channels, askedAt) else { return .answered(channels, askedAt: askedAt) }
            return await reportsAsWell(message, channels, askedAt)
        case .failed(let failure):
            // Another question is no way around the rate limit, and hardly one around a refused key.
            return failure.isThrottling || failure.kind == .refused
                ? .failed(failure, .messageStatus) : await reportsAlone(message, failure)
        case .notAsked:
            guard !Task.isCancelled, let failure = gate.lastFailure(of: .messageStatus), !failure.isThrottling else {
                return .notAsked
            }
            return await reportsAlone(message, failure)
        }
    }

    /// Of a message that failed before, another failure says nothing of the provider.
    private func ask(_ question: Question, _ message: DueMessage) async -> ProviderGate.Outcome<[ReportEntry]> {
        await gate.ask(question, isTelling: message.tracking.failures == 0)
    }

    private func reports(_ message: DueMessage) async -> Finding {
        switch await ask(.reports(message.key), message) {
        case .answered(let entries, let askedAt): .answered(entries, askedAt: askedAt)
        case .failed(let failure): .failed(failure, .reportInquiry)
        case .notAsked: .notAsked
        }
    }

    /// A question was spent on the message already: one that cannot be finished now is put off, not due again at once.
    private func reportsAfterChannels(_ message: DueMessage) async -> Finding {
        let finding = await reports(message)
        guard case .notAsked = finding, !Task.isCancelled, let failure = gate.lastFailure(of: .reportInquiry) else {
            return finding
        }
        return .failed(failure, .reportInquiry)
    }

    /// The channels said nothing a moment ago, which is no evidence about them when the report was made.
    private func confirmedReports(_ message: DueMessage) async -> Finding {
        let finding = await reportsAfterChannels(message)
        guard case .answered(let entries, let askedAt) = finding, case .failed = Verdict(entries: entries) else {
            return finding
        }
        switch await ask(.channels(message.key), message) {
        case .answered(let channels, _): return .answered(entries + channels, askedAt: askedAt)
        case .failed(let failure): return .failed(failure, .messageStatus)
        case .notAsked: return .notAsked
        }
    }

    /// A question that the provider does not take adds nothing to what the channels say.
    private func reportsAsWell(
        _ message: DueMessage, _ channels: [ReportEntry], _ askedAt: Timestamp
    ) async -> Finding {
        switch await reportsAfterChannels(message) {
        case .answered(let entries, _): .answered(channels + entries, askedAt: askedAt)
        case .failed(let failure, _) where failure.kind == .rejected: .answered(channels, askedAt: askedAt)
        case let finding: finding
        }
    }

    /// - Parameter unconfirmed: why the channels are not known.
    private func reportsAlone(_ message: DueMessage, _ unconfirmed: QuestionFailure) async -> Finding {
        switch await reports(message) {
        case .answered(let entries, let askedAt):
            switch Verdict(entries: entries) {
            case .delivered: .answered(entries, askedAt: askedAt)
            case .failed: .failed(unconfirmed, .messageStatus)
            case .inFlight: .open(entries, askedAt: askedAt, unconfirmed: unconfirmed)
            }
        case .notAsked: .failed(unconfirmed, .messageStatus)
        case let finding: finding
        }
    }
}

extension QuestionFailure {
    fileprivate var isThrottling: Bool {
        if case .rateLimited = kind { true } else { false }
    }
}

internal import Reconciliation

/// Finds out about one message by itself, and judges it: by that, or by what was heard of it otherwise.
///
/// Where the state of all channels can be had, it is asked for: one question that tells delivered, failed and in
/// flight apart. Where it says nothing, or cannot be had, the reports are asked for. A failure among those is believed
/// only after the channels were asked about, because a fallback channel may be in flight; where they could not be had, it
/// is not, and the reports' silence is no reason to give up. Before a message is given up both have been asked.
@EventLoop
final class MessageInquiry {
    enum Outcome: Sendable {
        case judged(Judgement)
        /// It waits: the reports have no final word, and the question about all channels, which could have one, failed.
        case open(Judgement)
        case failed(QuestionFailure, Endpoint)
        case notAsked
    }

    private enum Answer {
        case entries([ReportEntry], askedAt: Timestamp)
        case failed(QuestionFailure, Endpoint)
        case notAsked
    }

    private let client: ProviderClient
    private let policy: Policy
    private let reportSource: Settlement.Source
    private let clock: JumpingClock
    private let time: any Timekeeper
    private let startedAt: Timestamp
    private var random: any RandomNumberGenerator

    /// - Parameters:
    ///   - reportSource: how reports came that are kept.
    ///   - startedAt: when the pass began.
    init(
        client: ProviderClient, policy: Policy, reportSource: Settlement.Source = .polling, clock: JumpingClock,
        time: any Timekeeper, startedAt: Timestamp, random: any RandomNumberGenerator
    ) {
        self.client = client
        self.policy = policy
        self.reportSource = reportSource
        self.clock = clock
        self.time = time
        self.startedAt = startedAt
        self.random = random
    }

    /// Whether anything can be found out now.
    var isOpen: Bool {
        if client.canAskChannels, client.isOpen(.messageStatus) { return true }
        return client.isOpen(.reportInquiry) && client.lastFailure(of: .messageStatus)?.isThrottling != true
    }

    // MARK: Asking

    func inquire(_ message: DueMessage) async -> Outcome {
        let key = message.key
        guard key.canBeAsked else {
            let failure = QuestionFailure(.rejected, "a message key that is empty, `.` or `..` cannot be asked about")
            return .failed(failure, .reportInquiry)
        }
        guard client.canAskChannels else { return judged(await reports(message), message) }
        switch await ask(.channels(key), message) {
        case .answered(let channels, let askedAt):
            if channels.isEmpty, message.kept == nil { return judged(await confirmedReports(message), message) }
            let judgement = judge(message, channels, askedAt: askedAt)
            // What the reports would say of one that was reported came by itself.
            guard judgement.isGivingUp, message.kept == nil else { return .judged(judgement) }
            return await reportsAsWell(message, channels, askedAt, judgement)
        case .failed(let failure):
            // Another question is no way around the rate limit, and hardly one around a refused key.
            return failure.isThrottling || failure.kind == .refused
                ? .failed(failure, .messageStatus) : await reportsAlone(message, failure)
        case .notAsked:
            guard !Task.isCancelled, let failure = client.lastFailure(of: .messageStatus), !failure.isThrottling else {
                return .notAsked
            }
            return await reportsAlone(message, failure)
        }
    }

    /// Of a message that failed before, another failure says nothing of the provider.
    private func ask(_ question: Question, _ message: DueMessage) async -> ProviderClient.Outcome<[ReportEntry]> {
        await client.ask(question, isTelling: message.tracking.failures == 0)
    }

    private func judged(_ answer: Answer, _ message: DueMessage) -> Outcome {
        switch answer {
        case .entries(let entries, let askedAt): .judged(judge(message, entries, askedAt: askedAt))
        case .failed(let failure, let endpoint): .failed(failure, endpoint)
        case .notAsked: .notAsked
        }
    }

    private func reports(_ message: DueMessage) async -> Answer {
        switch await ask(.reports(message.key), message) {
        case .answered(let entries, let askedAt): .entries(entries, askedAt: askedAt)
        case .failed(let failure): .failed(failure, .reportInquiry)
        case .notAsked: .notAsked
        }
    }

    /// A question was spent on the message already: one that cannot be finished now is put off, not due again at once.
    private func reportsAfterChannels(_ message: DueMessage) async -> Answer {
        let answer = await reports(message)
        guard case .notAsked = answer, !Task.isCancelled, let failure = client.lastFailure(of: .reportInquiry) else {
            return answer
        }
        return .failed(failure, .reportInquiry)
    }

    /// The channels said nothing a moment ago, which is no evidence about them when the report was made.
    private func confirmedReports(_ message: DueMessage) async -> Answer {
        let answer = await reportsAfterChannels(message)
        guard case .entries(let entries, let askedAt) = answer, case .failed = Verdict(entries: entries) else {
            return answer
        }
        switch await ask(.channels(message.key), message) {
        case .answered(let channels, _): return .entries(entries + channels, askedAt: askedAt)
        case .failed(let failure): return .failed(failure, .messageStatus)
        case .notAsked: return .notAsked
        }
    }

    /// A question that the provider does not take adds nothing to what the channels say.
    private func reportsAsWell(
        _ message: DueMessage, _ channels: [ReportEntry], _ askedAt: Timestamp, _ judgement: Judgement
    ) async -> Outcome {
        switch await reportsAfterChannels(message) {
        case .entries(let entries, _): .judged(judge(message, channels + entries, askedAt: askedAt))
        case .failed(let failure, _) where failure.kind == .rejected: .judged(judgement)
        case let answer: judged(answer, message)
        }
    }

    /// - Parameter unconfirmed: why the channels are not known.
    private func reportsAlone(_ message: DueMessage, _ unconfirmed: QuestionFailure) async -> Outcome {
        switch await reports(message) {
        case .entries(let entries, let askedAt):
            if case .failed = Verdict(entries: entries) { return .failed(unconfirmed, .messageStatus) }
            let judgement = judge(message, entries, askedAt: askedAt)
            if case .delivered = Verdict(entries: entries) { return .judged(judgement) }
            // Enough to wait, not to give up; nor is a failure that came by itself confirmed by silence.
            guard !judgement.isSettlement, message.kept == nil else { return .failed(unconfirmed, .messageStatus) }
            return .open(judgement)
        case .notAsked: return .failed(unconfirmed, .messageStatus)
        case .failed(let failure, let endpoint): return .failed(failure, endpoint)
        }
    }

    // MARK: Judging

    /// By entries that are all that is known of it, besides what was reported of it by itself. A time of asking that has
    /// not come yet was read before the clock was set back, and counts as now: else the message would not be asked about
    /// until the clock is there again.
    func judge(_ message: DueMessage, _ entries: [ReportEntry], askedAt: Timestamp) -> Judgement {
        let now = time.now
        var judgement = Judgement(
            clock.judged(message), entries: message.kept?.confirmed(by: entries) ?? entries,
            askedAt: min(askedAt, now), policy: policy, random: &random)
        if message.kept != nil { judgement = judgement.byReport(reportSource) }
        // A scan that goes on over several passes asked long ago.
        return startedAt <= now ? judgement.notDue(by: startedAt) : judgement
    }

    /// By what a scan has heard of it. An answer is evidence about the moment it was asked for: the earliest counts.
    func judge(_ message: DueMessage, heard: [ScannedReport]) -> Judgement {
        judge(message, heard.map(\.entry), askedAt: heard.map(\.askedAt).min() ?? time.now).byListing
    }

    /// Of one that is judged later; it stays due, also when the clock has been set back since the pass began.
    func telling(_ message: DueMessage, heard: [ScannedReport]) -> Judgement? {
        Judgement.telling(heard.map(\.entry), of: message, dueAt: min(startedAt, time.now))
    }

    /// By a question that failed because of the message.
    func judge(_ failed: FailedQuestions.Entry) -> Judgement {
        Judgement.unanswered(
            clock.judged(failed.message), failed.failure, at: time.now, policy: policy, random: &random)
    }
}

/// What a few messages were found to be that were asked about by themselves: whether answers about many at once can be
/// believed.
struct SpotCheck: Sendable {
    enum Result: Hashable, Sendable {
        case agree
        /// This one is something else.
        case differ(MessageKey)
        /// One could not be asked about.
        case unknown
    }

    var result = Result.agree
    /// It counts in any case.
    var found: [Decision] = []
    var keys: Set<MessageKey> { Set(found.map(\.message.key)) }
}

extension MessageInquiry {
    func check(_ samples: [SpotCheckSample]) async -> SpotCheck {
        var check = SpotCheck()
        for sample in samples {
            guard case .judged(let judgement) = await inquire(sample.message) else {
                check.result = .unknown
                break
            }
            check.found.append(Decision(sample.message, judgement))
            guard sample.agrees(with: judgement) else {
                check.result = .differ(sample.message.key)
                break
            }
        }
        return check
    }
}

extension Judgement {
    fileprivate var byListing: Judgement {
        guard case .settle(var settlement) = self else { return self }
        settlement.isListed = true
        return .settle(settlement)
    }

    fileprivate var isGivingUp: Bool { if case .settle(let settlement) = self { settlement.isGivenUp } else { false } }
}

extension QuestionFailure {
    fileprivate var isThrottling: Bool {
        if case .rateLimited = kind { true } else { false }
    }
}

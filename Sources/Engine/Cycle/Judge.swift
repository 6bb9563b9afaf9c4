internal import Reconciliation

/// Judges messages, with the policy, the clocks and the chance that it takes.
@Loop
final class Judge {
    private let memory: PassMemory
    private let policy: Policy
    private let time: any Timekeeper
    private let startedAt: Timestamp
    private var random: any RandomNumberGenerator

    /// - Parameter startedAt: when the pass began.
    init(
        _ tools: Reconciler.Tools, _ memory: PassMemory, startedAt: Timestamp, random: any RandomNumberGenerator
    ) {
        self.memory = memory
        self.startedAt = startedAt
        policy = tools.policy
        time = tools.time
        self.random = random
    }

    /// By entries that are all that is known of it, besides what was reported of it by itself. A time of asking that has
    /// not come yet was read before the clock was set back, and counts as now: else the message would not be asked about
    /// until the clock is there again.
    func judge(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) -> Judgement {
        let now = time.now
        var judgement = Judgement(
            memory.judged(message, by: time), entries: message.kept?.confirmed(by: entries) ?? entries,
            askedAt: min(askedAt, now), policy: policy, random: &random)
        if message.kept != nil { judgement = judgement.byReport }
        // A sweep that goes on over several passes asked long ago.
        return startedAt <= now ? judgement.notDue(by: startedAt) : judgement
    }

    /// Whether, if these entries were all that is known of it, it would be given up.
    func givesUp(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) -> Bool {
        guard case .settle(let settlement) = judge(message, entries, askedAt), let reason = settlement.reason else {
            return false
        }
        return reason != .reported
    }

    /// By what a sweep has heard of it. An answer is evidence about the moment it was asked for: the earliest counts.
    func judge(_ message: DueMessage, heard: [Heard]) -> Judgement {
        judge(message, heard.map(\.entry), heard.map(\.askedAt).min() ?? time.now)
    }

    /// By a question that failed because of the message.
    func judge(_ failed: Unanswered.Entry) -> Judgement {
        Judgement.unanswered(
            memory.judged(failed.message, by: time), failed.failure, at: time.now, policy: policy, random: &random)
    }
}

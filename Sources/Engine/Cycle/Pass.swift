internal import Reconciliation

/// One pass over the due messages while it is under way: due rows → questions → verdicts → commits.
@Loop
final class Pass {
    private let tools: Reconciler.Tools
    private let limits: Reconciler.Limits
    private let examiner: Examiner
    private let feed: DueFeed
    private let events: MessageEvents
    private var committer: Committer!
    private var random: any RandomNumberGenerator

    private let startedUptime: Duration
    private let requestsBefore: Int
    private let answersBefore: Int
    private var counts = PassSummary()
    /// Messages whose question failed: judged once the provider has shown that it answers others.
    private var unanswered: [(message: DueMessage, failure: QuestionFailure.Kind)] = []

    init(
        _ tools: Reconciler.Tools, _ limits: Reconciler.Limits, startedAt: Timestamp,
        random: any RandomNumberGenerator, onCommit: @escaping @Loop (PassSummary) -> Void
    ) {
        self.tools = tools
        self.limits = limits
        self.random = random
        examiner = Examiner(gate: tools.gate)
        feed = DueFeed(ledger: tools.ledger, now: startedAt)
        events = MessageEvents(log: tools.log)
        startedUptime = tools.time.uptime
        requestsBefore = tools.gate.requests
        answersBefore = tools.gate.answers
        committer = Committer(ledger: tools.ledger, time: tools.time) { [unowned self] result, decisions in
            counts.count(result, of: decisions)
            for settlement in result.applied { events.report(settlement) }
            onCommit(summary)
        }
    }

    /// The numbers so far.
    var summary: PassSummary {
        var summary = counts
        summary.requests = tools.gate.requests - requestsBefore
        summary.stillPending += summary.due
        summary.provider = tools.gate.health.state
        summary.duration = tools.time.uptime - startedUptime
        return summary
    }

    func run() async throws(LedgerError) -> PassSummary {
        tools.gate.onHealthChange = { [committer, log = tools.log] health, isNews in
            if isNews { log.write(health.event) }
            committer?.add(health.observations)
        }
        defer { tools.gate.onHealthChange = nil }
        let feedError = await examineAll()
        await settleProviderHealth()
        await committer.flush()
        events.finish()
        if let error = feedError ?? committer.error ?? committer.refused { throw error }
        return summary
    }

    private var hasAnswers: Bool { tools.gate.answers > answersBefore }

    private var hasAsked: Bool { tools.gate.requests > requestsBefore }

    private func examineAll() async -> LedgerError? {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            do throws(LedgerError) {
                while let message = try await feed.next() {
                    if message.status == .pending { counts.due += 1 }
                    // Until the provider has shown that it is back, one question at a time.
                    while inFlight >= (tools.gate.isClosed ? limits.maxInFlight : 1) {
                        await group.next()
                        inFlight -= 1
                    }
                    guard shouldGoOn() else {
                        guard limits.budget == nil, committer.error == nil, !Task.isCancelled else { break }
                        continue  // only counting what is due
                    }
                    if committer.isFull { await committer.flush() }
                    group.addTask { await self.examine(message) }
                    inFlight += 1
                }
            } catch {
                return error
            }
            return nil
        }
    }

    private func shouldGoOn() -> Bool {
        guard !Task.isCancelled, committer.error == nil, tools.gate.isOpen else { return false }
        guard let budget = limits.budget, tools.time.uptime - startedUptime >= budget else { return true }
        counts.isCutShort = true
        return false
    }

    private func examine(_ message: DueMessage) async {
        switch await examiner.examine(message.key) {
        case .answered(let entries, let askedAt):
            let judgement = Judgement(
                message, entries: entries, askedAt: askedAt, policy: tools.policy, random: &random)
            committer.add(Decision(message, judgement))
            putOffUnanswered()
        case .failed(let failure):
            tools.log.write(failure.event(about: message.key))
            unanswered.append((message, failure.kind))
        case .notAsked:
            break
        }
    }

    /// The provider answers, so those questions failed because of their messages: they are put off, so that they
    /// cannot keep others from being asked.
    private func putOffUnanswered() {
        for (message, failure) in unanswered {
            let judgement = Judgement.unanswered(
                message, failure, at: tools.time.now, policy: tools.policy, random: &random)
            committer.add(Decision(message, judgement))
        }
        unanswered = []
    }

    /// At the end of a pass: a provider that answered nothing is failing; one that was failing and had nothing to
    /// answer is asked whether it is back.
    private func settleProviderHealth() async {
        if hasAsked, !hasAnswers {
            tools.gate.noteUnanswered()
        } else if !hasAsked, tools.gate.health.state != .ok, !Task.isCancelled {
            await tools.gate.probe()
        }
        if hasAnswers, tools.gate.health.state == .ok {
            unanswered.removeAll { $0.failure != .rejected && $0.failure != .nonsense }
            putOffUnanswered()
        }
    }
}

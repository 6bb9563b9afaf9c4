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
    /// Nil where reports are not fetched by polling.
    private var poller: Poller?
    private var random: any RandomNumberGenerator

    private let startedUptime: Duration
    private let requestsBefore: Int
    private var counts = PassSummary()
    /// Messages whose question failed: judged once the endpoint has shown that it answers others.
    private var unanswered: [Unanswered] = []
    /// Messages whose time of acceptance cannot be read: asked about, but never given up, so somebody should know.
    private var untimed: [MessageKey] = []

    private struct Unanswered {
        var message: DueMessage
        var failure: QuestionFailure.Kind
        var endpoint: Endpoint
    }

    /// For a message that waits for an endpoint to work again.
    private static let pauseForEndpoint = Duration.seconds(60)

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
        committer = Committer(ledger: tools.ledger, time: tools.time) { [unowned self] result, decisions in
            counts.count(result, of: decisions)
            for settlement in result.applied { events.report(settlement) }
            onCommit(summary)
        }
        poller = tools.reports.map {
            Poller($0, tools, limits, random: random) { [unowned self] result, decisions in
                counts.count(reported: result, of: decisions)
                for settlement in result.applied { events.report(settlement) }
                onCommit(summary)
            }
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
        tools.gate.beginPass()
        tools.gate.onHealthChange = { [committer, log = tools.log] health, isNews in
            if isNews { log.write(health.event) }
            committer?.add(health.observations)
        }
        defer { tools.gate.onHealthChange = nil }
        var storeError = await poll()
        if storeError == nil { storeError = await examineAll() }
        await tools.gate.endPass()
        putOffTheRest()
        await committer.flush()
        events.finish()
        if !untimed.isEmpty { tools.log.write(.unreadableTimes(of: untimed)) }
        if let error = storeError ?? committer.error ?? committer.refused ?? poller?.refused { throw error }
        return summary
    }

    /// Before the due messages: what reports settle need not be asked about.
    private func poll() async -> LedgerError? {
        do throws(LedgerError) {
            if let poller, try await poller.run() { counts.isCutShort = true }
            return nil
        } catch {
            return error
        }
    }

    private func examineAll() async -> LedgerError? {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            do throws(LedgerError) {
                while let message = try await feed.next() {
                    note(message)
                    if inFlight == limits.maxInFlight {
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

    private func note(_ message: DueMessage) {
        if message.status == .pending { counts.due += 1 }
        if message.acceptedAt == nil { untimed.append(message.key) }
    }

    private func shouldGoOn() -> Bool {
        guard !Task.isCancelled, committer.error == nil, tools.gate.isOpen(.reportInquiry) else { return false }
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
        case .failed(let failure, let endpoint):
            tools.log.write(failure.event(about: message.key))
            unanswered.append(Unanswered(message: message, failure: failure.kind, endpoint: endpoint))
        case .notAsked:
            break
        }
    }

    /// The endpoint has answered another question since, so those failed because of their messages: they are put off,
    /// so that they cannot keep others from being asked.
    private func putOffUnanswered() {
        putOff { tools.gate.lastFailure(of: $0.endpoint) == nil }
    }

    /// At the end of a pass: what is wrong with a message is judged by an endpoint that has answered others. Messages
    /// that wait for an endpoint to work again stay due; a daemon asks about them again in a minute, so that they do
    /// not stand before all others in every cycle.
    private func putOffTheRest() {
        let gate = tools.gate
        putOff { ($0.failure == .rejected || $0.failure == .nonsense) && gate.hasAnswered($0.endpoint) }
        guard limits.budget != nil, gate.hasAnswered(.reportInquiry) else { return }
        let later = tools.time.now + Self.pauseForEndpoint
        for waiting in unanswered {
            committer.add(Decision(waiting.message, .wait(until: later, waiting.message.tracking)))
        }
        unanswered = []
    }

    private func putOff(where isToBlame: (Unanswered) -> Bool) {
        for failed in unanswered where isToBlame(failed) {
            let judgement = Judgement.unanswered(
                failed.message, failed.failure, at: tools.time.now, policy: tools.policy, random: &random)
            committer.add(Decision(failed.message, judgement))
        }
        unanswered.removeAll(where: isToBlame)
    }
}

internal import Reconciliation

/// One pass over the due messages while it is under way: due rows → request plan → verdicts → commits.
///
/// A small backlog is asked about message by message, or send by send. Before a larger one is, a few messages go ahead
/// (new ones among them, so that a refused account is known of at once), and then a sweep through the history takes
/// what it can.
@Loop
final class Pass {
    private let tools: Reconciler.Tools
    private let limits: Reconciler.Limits
    private let memory: PassMemory
    private let examiner: Examiner
    private let events: MessageEvents
    private var committer: Committer!
    /// Nil where reports are not fetched by polling.
    private var poller: Poller?
    private var random: any RandomNumberGenerator

    private let startedAt: Timestamp
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

    /// The vanguard: still due where its questions failed, but not to be asked about again in this pass.
    private var wentAhead: Set<MessageKey> = []

    /// For a message that waits for an endpoint to work again.
    private static let pauseForEndpoint = Duration.seconds(60)
    /// So many may come from a few sends; more are worth a closer look.
    private static let fewMessages = 300
    /// How many go ahead of a sweep.
    private static let vanguard = 6

    init(
        _ tools: Reconciler.Tools, _ limits: Reconciler.Limits, _ memory: PassMemory, startedAt: Timestamp,
        random: any RandomNumberGenerator, onCommit: @escaping @Loop (PassSummary) -> Void
    ) {
        self.tools = tools
        self.limits = limits
        self.memory = memory
        self.random = random
        self.startedAt = startedAt
        examiner = Examiner(gate: tools.gate)
        events = MessageEvents(log: tools.log)
        startedUptime = tools.time.uptime
        requestsBefore = tools.gate.requests
        committer = Committer(ledger: tools.ledger, time: tools.time) { [unowned self] result, decisions in
            counts.count(result, of: decisions)
            tell(result.applied)
            onCommit(summary)
        }
        poller = tools.reports.map {
            Poller($0, tools, limits, memory, random: random) { [unowned self] result, decisions in
                counts.count(reported: result, of: decisions)
                tell(result.applied)
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
        if storeError == nil { storeError = await askAll() }
        await tools.gate.endPass()
        putOffTheRest()
        await committer.flush()
        events.finish()
        if !untimed.isEmpty { tools.log.write(.unreadableTimes(of: untimed)) }
        if let error = storeError ?? committer.error { throw error }
        if committer.hasRefusals || poller?.hasRefusals == true, let refusals = try await tools.ledger.refusals() {
            throw refusals.error
        }
        return summary
    }

    private func tell(_ settlements: [Settlement]) {
        for settlement in settlements {
            events.report(settlement)
            tools.meter.settled(settlement)
        }
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

    private func askAll() async -> LedgerError? {
        do throws(LedgerError) {
            if try await isWorthSweeping() { try await sweep() }
            let feed = DueFeed(ledger: tools.ledger, now: startedAt, leavingOut: wentAhead)
            try await work(off: queue { () throws(LedgerError) in try await feed.next() })
            note(unreadableKeys: feed.unreadableKeys)
            if !counts.isCutShort { memory.sweptUntil = nil }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Sweeping

    /// Whether there is more to ask about than a sweep could save; and if so, the vanguard has been asked about.
    private func isWorthSweeping() async throws(LedgerError) -> Bool {
        guard tools.gate.endpoints.contains(.history), memory.experience.mayAskHistory(at: tools.time.uptime) else {
            return false
        }
        let first = try await tools.ledger.due(from: DueCursor(), at: startedAt, limit: Self.fewMessages)
        let sends = Ask.fewest(for: first.messages, bySend: true).count
        guard memory.sweep != nil || first.next != nil || sends >= SweepPlan.fewestSends else { return false }
        var vanguard = Array(first.messages.prefix(Self.vanguard))
        wentAhead = Set(vanguard.map(\.key))
        try await work(
            off: queue {
                defer { vanguard = [] }
                return vanguard
            })
        await committer.flush()
        return tools.gate.health.state == .ok && tools.gate.lastFailure == nil
    }

    private func sweep() async throws(LedgerError) {
        let sweeper = Sweeper(tools, memory: memory, committer: committer, examiner: examiner) {
            [unowned self] message, entries, askedAt in
            judge(message, entries, askedAt)
        } onDue: { [unowned self] message in
            note(message)
        }
        try await sweeper.run { [unowned self] in shouldGoOn() }
        await committer.flush()
    }

    // MARK: Asking

    private func queue(_ read: @escaping @Loop () async throws(LedgerError) -> [DueMessage]) -> AskQueue {
        AskQueue { [unowned self] in
            tools.gate.endpoints.contains(.requestStatus) && tools.gate.isOpen(.requestStatus)
                && memory.experience.mayAskSends(at: tools.time.uptime)
        } onWindow: { [unowned self] asks in
            tools.log.write(.planned(asks))
            for ask in asks { ask.messages.forEach(note) }
        } read: { () throws(LedgerError) in
            try await read()
        }
    }

    /// Asks about all the queue hands out, several at a time.
    private func work(off queue: AskQueue) async throws(LedgerError) {
        let error = await withTaskGroup(of: Void.self) { group -> LedgerError? in
            var inFlight = 0
            do throws(LedgerError) {
                while true {
                    if inFlight == limits.maxInFlight {
                        await group.next()
                        inFlight -= 1
                    }
                    guard let ask = try await queue.next() else {
                        // Answers on their way can bring more.
                        guard inFlight > 0 else { return nil }
                        await group.next()
                        inFlight -= 1
                        continue
                    }
                    guard shouldGoOn() else {
                        guard limits.budget == nil, committer.error == nil, !Task.isCancelled else { return nil }
                        continue  // only counting what is due
                    }
                    if committer.isFull { await committer.flush() }
                    group.addTask(executorPreference: Loop.taskExecutor) { await self.put(ask, andMoreOf: queue) }
                    inFlight += 1
                }
            } catch {
                return error
            }
        }
        if let error { throw error }
    }

    private func note(_ message: DueMessage) {
        if message.status == .pending { counts.due += 1 }
        if message.acceptedAt == nil { untimed.append(message.key) }
    }

    /// Said once: they stay as they are until somebody mends them.
    private func note(unreadableKeys rows: [RowLocator]) {
        if !rows.isEmpty, rows != memory.unreadableKeys { tools.log.write(.unreadableKeys(in: rows)) }
        memory.unreadableKeys = rows
    }

    private func shouldGoOn() -> Bool {
        guard !Task.isCancelled, committer.error == nil, examiner.isOpen else { return false }
        guard let budget = limits.budget, tools.time.uptime - startedUptime >= budget else { return true }
        counts.isCutShort = true
        return false
    }

    /// Goes on with what is at hand as long as nothing speaks against it: a task a message would cost a tenth of all.
    private func put(_ first: Ask, andMoreOf queue: AskQueue) async {
        var next: Ask? = first
        while let ask = next {
            switch ask {
            case .message(let message): await examine(message)
            // What it leaves to be asked singly is for several to take.
            case .send(let id, let messages): return await examine(messages, of: id, queue)
            }
            next = committer.isFull || !shouldGoOn() ? nil : queue.atHand()
        }
    }

    private func examine(_ messages: [DueMessage], of id: RequestID, _ queue: AskQueue) async {
        var unmentioned = messages
        switch await tools.gate.ask(.request(id)) {
        case .answered(let entries, let askedAt):
            let byKey = Dictionary(grouping: entries, by: \.key)
            unmentioned = messages.filter { byKey[$0.key] == nil }
            for message in messages {
                if let entries = byKey[message.key] { decide(message, entries, askedAt) }
            }
            memory.experience.sendAnswered(
                mentioned: messages.count - unmentioned.count, at: tools.time.uptime)
        case .failed:
            memory.experience.sendFailed(at: tools.time.uptime)
        case .notAsked:
            break
        }
        // Absence is no evidence: they are asked about by themselves.
        queue.askSingly(unmentioned)
    }

    private func examine(_ message: DueMessage) async {
        switch await examiner.examine(message.key) {
        case .answered(let entries, let askedAt):
            decide(message, entries, askedAt)
            putOffUnanswered()
        case .open(let entries, let askedAt, let failure):
            let judgement = judge(message, entries, askedAt)
            guard !judgement.isSettlement else { return failed(message, failure, .messageStatus) }
            committer.add(Decision(message, judgement))
            putOffUnanswered()
        case .failed(let failure, let endpoint):
            failed(message, failure, endpoint)
        case .notAsked:
            break
        }
    }

    private func failed(_ message: DueMessage, _ failure: QuestionFailure, _ endpoint: Endpoint) {
        tools.log.write(failure.event(about: message.key))
        unanswered.append(Unanswered(message: message, failure: failure.kind, endpoint: endpoint))
    }

    private func decide(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) {
        committer.add(Decision(message, judge(message, entries, askedAt)))
    }

    private func judge(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) -> Judgement {
        Judgement(
            memory.judged(message, by: tools.time), entries: entries, askedAt: askedAt, policy: tools.policy,
            random: &random)
    }

    // MARK: What was not answered

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
        guard limits.budget != nil, gate.hasAnswered(.reportInquiry) || gate.hasAnswered(.messageStatus) else { return }
        let later = tools.time.now + Self.pauseForEndpoint
        for waiting in unanswered {
            committer.add(Decision(waiting.message, .wait(until: later, waiting.message.tracking)))
        }
        unanswered = []
    }

    private func putOff(where isToBlame: (Unanswered) -> Bool) {
        for failed in unanswered where isToBlame(failed) {
            let judgement = Judgement.unanswered(
                memory.judged(failed.message, by: tools.time), failed.failure, at: tools.time.now, policy: tools.policy,
                random: &random)
            committer.add(Decision(failed.message, judgement))
        }
        unanswered.removeAll(where: isToBlame)
    }
}

internal import Reconciliation

/// One pass over the due messages while it is under way: due rows → request plan → verdicts → commits.
///
/// A small backlog is asked about message by message, or send by send. Before a larger one is, a few messages go ahead
/// (new ones among them, so that a refused account is known of at once), and then a sweep through the history takes
/// what it can.
@Loop
final class Pass {
    private let tools: Reconciler.Tools
    private let memory: PassMemory
    private let startedAt: Timestamp
    /// Whether no other pass follows soon.
    private let isLast: Bool
    private let account: PassAccount
    private let committer: Committer
    private let sampler: Sampler
    private let judge: Judge
    private let asker: Asker
    /// Nil where reports are not fetched by polling.
    private let poller: Poller?

    /// What polling has left to be asked about.
    private var confirmations = Confirmations()
    /// The vanguard: still due where its questions failed, but not to be asked about again in this pass.
    private var wentAhead: Set<MessageKey> = []

    /// So many may come from a few sends; more are worth a closer look.
    private static let fewMessages = 300
    /// How many go ahead of a sweep.
    private static let vanguard = 6

    init(
        _ tools: Reconciler.Tools, _ limits: Reconciler.Limits, _ memory: PassMemory, startedAt: Timestamp,
        random: any RandomNumberGenerator, onCommit: @escaping @Loop (PassSummary) -> Void
    ) {
        self.tools = tools
        self.memory = memory
        self.startedAt = startedAt
        isLast = limits.budget == nil
        let account = PassAccount(tools, onCommit: onCommit)
        self.account = account
        committer = Committer(
            ledger: tools.ledger, reports: tools.reports, time: tools.time, random: random,
            onCommit: account.committed)
        judge = Judge(tools, memory, startedAt: startedAt, random: random)
        let examiner = Examiner(gate: tools.gate)
        sampler = Sampler(examiner: examiner, judge: judge)
        asker = Asker(
            tools, limits, memory, account: account, committer: committer, examiner: examiner, sampler: sampler,
            judge: judge)
        poller = tools.reports.map {
            Poller($0, tools, limits, random: random, onCommit: account.committed)
        }
    }

    /// What was done so far.
    var summary: PassSummary { account.summary }
    /// How the last question failed that stayed unanswered; nil when none did.
    var lastFailure: QuestionFailure? { account.lastFailure }

    func run() async throws(LedgerError) -> PassSummary {
        tools.gate.beginPass()
        tools.gate.onHealthChange = { [committer, log = tools.log] health, isNews in
            if isNews { log.write(health.event) }
            committer.add(health.observations)
        }
        defer { tools.gate.onHealthChange = nil }
        var storeError = await poll()
        if storeError == nil { storeError = await askAll() }
        await tools.gate.endPass(isLast: isLast)
        asker.putOffTheRest()
        await committer.flush()
        account.finish()
        if let error = storeError ?? committer.error { throw error }
        if committer.hasRefusals || poller?.hasRefusals == true, let refusals = try await tools.ledger.refusals() {
            throw refusals.error
        }
        return account.summary
    }

    /// Before the due messages: what reports settle need not be asked about.
    private func poll() async -> LedgerError? {
        do throws(LedgerError) {
            guard let poller else { return nil }
            if try await poller.run() { account.cutShort() }
            confirmations = try await Confirmations(poller.toConfirm, in: tools.ledger, at: startedAt)
            return nil
        } catch {
            return error
        }
    }

    private func askAll() async -> LedgerError? {
        do throws(LedgerError) {
            if try await isWorthSweeping() { try await sweep() }
            let feed = DueFeed(
                ledger: tools.ledger, now: startedAt, after: tools.policy.after, confirming: confirmations,
                leavingOut: wentAhead)
            try await asker.ask { () throws(LedgerError) in try await feed.next() }
            tell(ofUnreadableKeys: feed.unreadableKeys)
            if feed.sentAgain.count > 0 { tools.log.write(.sentAgain(feed.sentAgain)) }
            if feed.farAhead.count > 0 { tools.log.write(.timesFarAhead(of: feed.farAhead)) }
            if !account.isCutShort { memory.sweptUntil = nil }
            return nil
        } catch {
            return error
        }
    }

    /// Said once: they stay as they are until somebody mends them.
    private func tell(ofUnreadableKeys rows: [RowLocator]) {
        if !rows.isEmpty, rows != memory.unreadableKeys { tools.log.write(.unreadableKeys(in: rows)) }
        memory.unreadableKeys = rows
    }

    // MARK: Sweeping

    /// Whether there is more to ask about than a sweep could save; and if so, the vanguard has been asked about.
    private func isWorthSweeping() async throws(LedgerError) -> Bool {
        guard tools.gate.endpoints.contains(.history), memory.experience.mayAskHistory(at: tools.time.uptime) else {
            return false
        }
        let first = try await tools.ledger.due(from: DueCursor(), at: startedAt, limit: Self.fewMessages)
        let messages = confirmations.leftOf(first.messages).interleaved(with: confirmations.messages)
        let sends = Ask.fewest(for: messages, bySend: true).count
        guard memory.sweep != nil || first.next != nil || sends >= SweepPlan.fewestSends else { return false }
        var vanguard = Array(messages.prefix(Self.vanguard))
        wentAhead = Set(vanguard.map(\.key))
        try await asker.ask {
            defer { vanguard = [] }
            return vanguard
        }
        await committer.flush()
        return tools.gate.health.takesQuestions
            && [.reportInquiry, .messageStatus, .token].allSatisfy { tools.gate.lastFailure(of: $0) == nil }
    }

    private func leaveOutConfirmed() async throws(LedgerError) {
        if let reports = tools.reports { confirmations = try await confirmations.left(in: reports) }
    }

    private func sweep() async throws(LedgerError) {
        try await leaveOutConfirmed()
        let notes = NotedMessages(
            tools, account: account, committer: committer, sampler: sampler, judge: judge, startedAt: startedAt,
            confirming: confirmations)
        let sweeper = Sweeper(
            tools, memory, account: account, committer: committer, judge: judge, notes: notes, startedAt: startedAt,
            confirming: confirmations, wentAhead: wentAhead)
        try await sweeper.run { [asker] in asker.mayGoOn() }
        await committer.flush()
        try await leaveOutConfirmed()
    }
}

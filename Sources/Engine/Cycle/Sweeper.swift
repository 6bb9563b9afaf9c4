internal import Reconciliation

/// Settles what is due from the history of sends, where that takes fewer requests than asking about each send.
///
///     survey ─▶ SweepPlan ─▶ page, page, page … ─▶ end
///                              │ young: left to its webhook
///                              │ delivered: settled at once (delivered on any channel is delivered)
///                              └ anything else: noted, and judged at the end by all that was heard; a refusal of
///                                the account or the sender is told at once
///
/// Only a sweep that came to the provider's own end can have heard of every channel, so only then a failure, or a message
/// past its deadline, is settled; and not before a few of those, asked about by themselves, were found to be what the
/// listing says (`ListingCheck`): what a page does not contain is evidence of nothing. What the sweep did not
/// mention, or could not settle, is still due, and is asked about next.
@Loop
final class Sweeper {
    /// Pages received and not worked through; with so many the next is not asked for yet.
    private static let pagesAhead = 4

    private let tools: Reconciler.Tools
    private let memory: PassMemory
    private let account: PassAccount
    private let committer: Committer
    private let judge: Judge
    private let notes: NotedMessages
    private let startedAt: Timestamp
    private let confirmations: Confirmations
    /// Messages asked about in this pass before.
    private let wentAhead: Set<MessageKey>

    private typealias Received = (page: HistoryPage, askedAt: Timestamp)

    private var waiting: [Received] = []
    private var digestion: Task<Void, Never>?
    /// Decided by the last pages, and perhaps not yet committed.
    private var justDecided: Set<MessageKey> = []
    private var error: LedgerError?

    /// - Parameters:
    ///   - startedAt: when the pass began, by which is judged what is due, and what is young.
    ///   - wentAhead: messages asked about in this pass before.
    init(
        _ tools: Reconciler.Tools, _ memory: PassMemory, account: PassAccount, committer: Committer, judge: Judge,
        notes: NotedMessages, startedAt: Timestamp, confirming confirmations: Confirmations,
        wentAhead: Set<MessageKey>
    ) {
        self.tools = tools
        self.memory = memory
        self.account = account
        self.committer = committer
        self.judge = judge
        self.notes = notes
        self.startedAt = startedAt
        self.confirmations = confirmations
        self.wentAhead = wentAhead
    }

    /// Sweeps as often as that is worth it. A sweep that is interrupted goes on in the next pass.
    func run(while mayGoOn: @Loop () -> Bool) async throws(LedgerError) {
        guard tools.gate.endpoints.contains(.history) else { return }
        while mayGoOn(), memory.experience.mayAskHistory(at: tools.time.uptime) {
            guard try await begin(), let ending = try await follow(while: mayGoOn) else { return }
            try await conclude(ending)
        }
    }

    /// - Returns: whether there is a sweep to follow.
    private func begin() async throws(LedgerError) -> Bool {
        guard memory.sweep == nil else { return true }
        guard let survey = try await tools.ledger.survey(at: startedAt, with: confirmations.others),
            let plan = SweepPlan.best(for: survey, after: memory.sweptUntil, memory.experience)
        else { return false }
        try await tools.ledger.forgetNotes()
        memory.open = 0
        memory.sweep = Sweep(plan)
        tools.log.write(.planned(plan))
        return true
    }

    /// - Returns: nil when it was interrupted.
    private func follow(while mayGoOn: @Loop () -> Bool) async throws(LedgerError) -> Sweep.Ending? {
        var ending: Sweep.Ending?
        while ending == nil, mayGoOn(), error == nil, let sweep = memory.sweep {
            switch sweep.next {
            case .over(let reached): ending = reached
            case .ask(let question): if await !ask(question) { ending = .broken }
            }
        }
        while let digestion { await digestion.value }
        await committer.flush()
        if let error { throw error }
        return ending
    }

    /// - Returns: false when there is no way on.
    private func ask(_ question: HistoryQuestion) async -> Bool {
        switch await tools.gate.history(question) {
        case .answered(let page, let askedAt):
            memory.sweep?.arrived(page)
            waiting.append((page, askedAt))
            digestNext()
            if waiting.count >= Self.pagesAhead { await digestion?.value }
            return true
        case .failed(let failure):
            tools.log.write(.historyFailed(failure))
            memory.experience.historyFailed(at: tools.time.uptime)
            return false
        case .notAsked:
            return Task.isCancelled
        }
    }

    // MARK: Working pages through, while the next is on its way

    private func digestNext() {
        guard digestion == nil, error == nil, !waiting.isEmpty else { return }
        let batch = waiting
        waiting = []
        digestion = Task {
            do throws(LedgerError) {
                try await digest(batch)
            } catch {
                self.error = error
            }
            digestion = nil
            digestNext()
        }
    }

    private func digest(_ pages: [Received]) async throws(LedgerError) {
        if committer.isFull { await committer.flush() }
        let messages = grouped(pages)
        var mentioned = 0
        var notes: [Heard] = []
        var decided: Set<MessageKey> = []
        var hasTold = false
        // What was decided a moment ago may not be committed yet, but then it is known here.
        let keys = messages.keys.filter { !justDecided.contains($0) }
        for known in try await tools.ledger.known(keys, at: startedAt).map(confirmations.joined) {
            let about = messages[known.message.key] ?? []
            // Whatever is said of it, it is its webhook's.
            guard !known.isYoung else { continue }
            if case .delivered = Verdict(entries: about.map(\.entry)) {
                decide(known.message, about)
                decided.insert(known.message.key)
                if known.isDue { mentioned += 1 }
            } else if known.isDue {
                notes += about
                if tell(known.message, about) { hasTold = true }
            }
        }
        justDecided = decided
        // The next pages may speak of the same messages.
        if hasTold { await committer.flush() }
        let new = notes.isEmpty ? 0 : try await tools.ledger.note(notes)
        memory.open += new
        memory.sweep?.workedThrough(pages: pages.count, mentioned: mentioned + new, open: memory.open)
    }

    private func grouped(_ pages: [Received]) -> [MessageKey: [Heard]] {
        var messages: [MessageKey: [Heard]] = [:]
        messages.reserveCapacity(pages.reduce(0) { $0 + $1.page.entries.count })
        for page in pages {
            for entry in page.page.entries {
                messages[entry.key, default: []].append(Heard(entry, askedAt: page.askedAt))
            }
        }
        return messages
    }

    private func decide(_ message: DueMessage, _ heard: [Heard]) {
        var message = message
        if wentAhead.contains(message.key) { message.isTurn = true } else { account.begun(message) }
        committer.add(Decision(message, judge.judge(message, heard: heard)))
    }

    /// Of the message nothing is decided yet; of the account all is known.
    /// - Returns: whether there was something to tell.
    private func tell(_ message: DueMessage, _ heard: [Heard]) -> Bool {
        guard let judgement = Judgement.telling(heard.map(\.entry), of: message, dueAt: startedAt) else { return false }
        var message = message
        // It is counted when it is judged, unless that comes to nothing.
        message.isTurn = false
        committer.add(Decision(message, judgement))
        return true
    }

    // MARK: The end

    private func conclude(_ ending: Sweep.Ending) async throws(LedgerError) {
        guard let sweep = memory.sweep else { return }
        memory.sweep = nil
        memory.experience.learn(from: sweep, ending, at: tools.time.uptime)
        memory.sweptUntil = max(sweep.newest ?? sweep.plan.from, sweep.plan.from)
        // Another sweep would find no more: what is still due is asked about by itself.
        if try await !notes.judge(after: ending) { memory.experience.historyFailed(at: tools.time.uptime) }
        tools.log.write(.swept(sweep, ending))
    }
}

internal import Reconciliation

/// Settles what is due from the history of sends, where that takes fewer requests than asking about each send.
///
///     survey ─▶ SweepPlan ─▶ page, page, page … ─▶ end
///                              │ delivered: settled at once (delivered on any channel is delivered)
///                              └ anything else: noted, and judged at the end by all that was heard
///
/// Only a sweep that came to the provider's own end can have heard of every channel, so only then a failure, or a message
/// past its deadline, is settled; and not before a few of those, asked about by themselves, were found to be what the
/// listing says (`ListingCheck`): what a page does not contain is evidence of nothing (api.md). What the sweep did not
/// mention, or could not settle, is still due, and is asked about next.
@Loop
final class Sweeper {
    /// Pages received and not worked through; with so many the next is not asked for yet.
    private static let pagesAhead = 4
    private static let messagesAtOnce = 1000

    private let tools: Reconciler.Tools
    private let memory: PassMemory
    private let committer: Committer
    private let examiner: Examiner
    /// Judges a message by entries that are all that is known of it.
    private let judge: @Loop (DueMessage, [ReportEntry], Timestamp) -> Judgement
    /// Told of every due message a decision is made about.
    private let onDue: @Loop (DueMessage) -> Void

    private typealias Received = (page: HistoryPage, askedAt: Timestamp)

    private var waiting: [Received] = []
    private var digestion: Task<Void, Never>?
    /// Decided by the last pages, and perhaps not yet committed.
    private var justDecided: Set<MessageKey> = []
    private var error: LedgerError?

    init(
        _ tools: Reconciler.Tools, memory: PassMemory, committer: Committer, examiner: Examiner,
        judge: @escaping @Loop (DueMessage, [ReportEntry], Timestamp) -> Judgement,
        onDue: @escaping @Loop (DueMessage) -> Void
    ) {
        self.tools = tools
        self.memory = memory
        self.committer = committer
        self.examiner = examiner
        self.judge = judge
        self.onDue = onDue
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
        guard let survey = try await tools.ledger.survey(at: tools.time.now),
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
            case .ask(let question): if try await !ask(question) { ending = .broken }
            }
        }
        while let digestion { await digestion.value }
        await committer.flush()
        if let error { throw error }
        return ending
    }

    /// - Returns: false when there is no way on.
    private func ask(_ question: HistoryQuestion) async throws(LedgerError) -> Bool {
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
        // What was decided a moment ago may not be committed yet, but then it is known here.
        let keys = messages.keys.filter { !justDecided.contains($0) }
        for known in try await tools.ledger.known(keys, at: tools.time.now) {
            let about = messages[known.message.key] ?? []
            if case .delivered = Verdict(entries: about.map(\.entry)) {
                decide(known.message, about)
                decided.insert(known.message.key)
                if known.isDue { mentioned += 1 }
            } else if known.isDue {
                notes += about
            }
        }
        justDecided = decided
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
        onDue(message)
        committer.add(Decision(message, judgement(message, heard)))
    }

    /// An answer is evidence about the moment it was asked for: the earliest counts.
    private func judgement(_ message: DueMessage, _ heard: [Heard]) -> Judgement {
        judge(message, heard.map(\.entry), heard.map(\.askedAt).min() ?? tools.time.now)
    }

    // MARK: The end

    private func conclude(_ ending: Sweep.Ending) async throws(LedgerError) {
        guard let sweep = memory.sweep else { return }
        memory.sweep = nil
        memory.experience.learn(from: sweep, ending, at: tools.time.uptime)
        memory.sweptUntil = max(sweep.newest ?? sweep.plan.from, sweep.plan.from)
        var heardAll = ending == .complete
        if heardAll { heardAll = try await isAsListed() }
        try await judgeNotes(heardAll: heardAll)
        tools.log.write(.swept(sweep, ending))
    }

    /// Whether some of those that the notes would settle are found to be so when they are asked about by themselves. What
    /// they are found to be counts in any case.
    private func isAsListed() async throws(LedgerError) -> Bool {
        let notes = try await tools.ledger.noted(past: nil, limit: Self.messagesAtOnce)
        var check = ListingCheck()
        for (message, judgement) in try await judged(notes) where !message.isLastOfItsDay {
            check.add(message, judgement)
        }
        var isAsListed = true
        for sample in check.samples where isAsListed {
            guard case .answered(let entries, let askedAt) = await examiner.examine(sample.message.key) else {
                return false
            }
            let found = judge(sample.message, entries, askedAt)
            onDue(sample.message)
            committer.add(Decision(sample.message, found))
            isAsListed = sample.agrees(with: found)
            if !isAsListed { tools.log.write(.incompleteHistory(sample.message.key)) }
        }
        await committer.flush()
        return isAsListed
    }

    private func judgeNotes(heardAll: Bool) async throws(LedgerError) {
        var past: MessageKey?
        while committer.error == nil {
            let notes = try await tools.ledger.noted(past: past, limit: Self.messagesAtOnce)
            guard let last = notes.last else { break }
            past = last.entry.key
            for (message, judgement) in try await judged(notes) {
                guard !judgement.isSettlement || (heardAll && !message.isLastOfItsDay) else { continue }
                onDue(message)
                committer.add(Decision(message, judgement))
            }
            await committer.flush()
        }
        try await tools.ledger.forgetNotes()
    }

    /// What all that was noted makes of the messages that are still due.
    private func judged(_ notes: [Heard]) async throws(LedgerError) -> [(DueMessage, Judgement)] {
        let messages = Dictionary(grouping: notes, by: \.entry.key)
        return try await tools.ledger.known(Array(messages.keys), at: tools.time.now).filter(\.isDue).map { known in
            (known.message, judgement(known.message, messages[known.message.key] ?? []))
        }
    }
}

extension DueMessage {
    /// Where a sweep lists one day, a channel tried after midnight may be listed on the next: such a message is asked
    /// about by itself.
    fileprivate var isLastOfItsDay: Bool {
        guard let acceptedAt else { return true }
        let inKorea = acceptedAt.milliseconds + Int64(KoreanTime.offset) * 1000
        return inKorea % 86_400_000 >= 86_400_000 - 300_000
    }
}

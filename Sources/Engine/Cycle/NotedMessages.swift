internal import Reconciliation

/// What a sweep has noted of messages that are still due, judged at its end by all that was heard.
@Loop
final class NotedMessages {
    private static let atOnce = 1000

    private let tools: Reconciler.Tools
    private let account: PassAccount
    private let committer: Committer
    private let sampler: Sampler
    private let judge: Judge
    private let startedAt: Timestamp
    private let confirmations: Confirmations
    /// What they are was found by asking about them.
    private var sampled: Set<MessageKey> = []

    init(
        _ tools: Reconciler.Tools, account: PassAccount, committer: Committer, sampler: Sampler, judge: Judge,
        startedAt: Timestamp, confirming confirmations: Confirmations
    ) {
        self.tools = tools
        self.account = account
        self.committer = committer
        self.sampler = sampler
        self.judge = judge
        self.startedAt = startedAt
        self.confirmations = confirmations
    }

    /// Settles what may be settled, and forgets the notes.
    /// - Returns: whether what was listed can be believed.
    func judge(after ending: Sweep.Ending) async throws(LedgerError) -> Bool {
        var isAsListed = true
        if ending == .complete { isAsListed = try await areAsListed() }
        let end = SweepEnd(ending, isAsListed: isAsListed)
        var past: MessageKey?
        while committer.error == nil {
            let notes = try await tools.ledger.noted(past: past, limit: Self.atOnce)
            guard let last = notes.last else { break }
            past = last.entry.key
            for (message, judgement) in try await judged(notes)
            where end.allows(judgement, of: message) && !sampled.contains(message.key) {
                decide(message, judgement)
            }
            await committer.flush()
        }
        try await tools.ledger.forgetNotes()
        sampled = []
        return isAsListed
    }

    /// Whether some of those that the notes would settle are found to be so when they are asked about by themselves. What
    /// they are found to be counts in any case.
    private func areAsListed() async throws(LedgerError) -> Bool {
        let notes = try await tools.ledger.noted(past: nil, limit: Self.atOnce)
        var check = ListingCheck()
        for (message, judgement) in try await judged(notes) where SweepEnd.hasOneDay(message) {
            check.add(message, judgement)
        }
        let finding = await sampler.look(at: check.samples) { message, judgement in
            sampled.insert(message.key)
            decide(message, judgement)
        }
        await committer.flush()
        switch finding {
        case .agree: return true
        case .unknown: return false
        case .differ(let key):
            tools.log.write(.incompleteHistory(key))
            return false
        }
    }

    private func decide(_ message: DueMessage, _ judgement: Judgement) {
        account.begun(message)
        committer.add(Decision(message, judgement))
    }

    /// What all that was noted makes of the messages that are still due.
    private func judged(_ notes: [Heard]) async throws(LedgerError) -> [(DueMessage, Judgement)] {
        let messages = Dictionary(grouping: notes, by: \.entry.key)
        let known = try await tools.ledger.known(Array(messages.keys), at: startedAt).map(confirmations.joined)
        return known.filter(\.isDue).map { known in
            (known.message, judge.judge(known.message, heard: messages[known.message.key] ?? []))
        }
    }
}

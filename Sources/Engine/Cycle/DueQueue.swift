internal import Reconciliation

/// Hands out the questions about what is due: window after window of the messages, each in the fewest questions.
@EventLoop
final class DueQueue {
    private let walk: DueWalk?
    private let client: ProviderClient
    private let report: CycleReport
    private let log: any Log
    private var first: [DueMessage]
    private var planned: ArraySlice<PlannedQuestion> = []
    private var again: [DueMessage] = []

    /// - Parameters:
    ///   - first: messages to be asked about.
    ///   - walk: where those come from that follow.
    init(
        _ first: [DueMessage] = [], then walk: DueWalk? = nil, client: ProviderClient, report: CycleReport,
        log: any Log
    ) {
        self.first = first
        self.walk = walk
        self.client = client
        self.report = report
        self.log = log
    }

    /// Nil when all has been handed out; until all of that is answered, more can come by `askSingly`.
    func next() async throws(LedgerError) -> PlannedQuestion? {
        if let question = atHand() { return question }
        let window = try await window()
        guard !window.isEmpty else { return atHand() }
        let questions = PlannedQuestion.fewest(for: window, bySend: client.offersSends)
        log.write(.planned(questions))
        for message in window { report.begun(message) }
        planned = questions[...]
        return atHand()
    }

    /// The next one of those that are read; nil when there is none.
    func atHand() -> PlannedQuestion? {
        if let message = again.popLast() { return .message(message) }
        guard let question = planned.popFirst() else { return nil }
        guard case .send(_, let messages) = question, !client.offersSends else { return question }
        // It was planned before that was known.
        askSingly(messages)
        return atHand()
    }

    /// What an answer about their send leaves open.
    func askSingly(_ messages: [DueMessage]) {
        again += messages.reversed()
    }

    private func window() async throws(LedgerError) -> [DueMessage] {
        guard first.isEmpty else {
            defer { first = [] }
            return first
        }
        return try await walk?.next() ?? []
    }
}

/// A walk over the due messages, page after page, and over those that join them.
@EventLoop
final class DueWalk {
    /// Messages looked at together: enough for the sends they came from to be whole, few enough to hold.
    private static let window = 2000

    private let ledger: any Ledger
    private let now: Timestamp
    private let after: Duration
    private let left: Set<MessageKey>
    private let confirmations: Confirmations
    private var toConfirm: ArraySlice<DueMessage>
    private var cursor: DueCursor? = DueCursor()
    /// See `DuePage.unreadableKeys`.
    private(set) var unreadableKeys = RowTally()
    /// See `DuePage.farAhead`.
    private(set) var farAhead = KeySample()
    /// See `DuePage.sentAgain`.
    private(set) var sentAgain = KeySample()

    /// - Parameters:
    ///   - now: what is due is judged by this time for the whole walk.
    ///   - after: how long a message that is first seen is left to its webhook.
    ///   - left: messages that are left out, as they have had their turn.
    init(
        _ ledger: any Ledger, at now: Timestamp, after: Duration, confirming confirmations: Confirmations,
        leavingOut left: Set<MessageKey>
    ) {
        self.ledger = ledger
        self.now = now
        self.after = after
        self.left = left
        self.confirmations = confirmations
        toConfirm = confirmations.messages.filter { !left.contains($0.key) }[...]
    }

    /// The next window; empty when all have been handed out.
    func next() async throws(LedgerError) -> [DueMessage] {
        while cursor != nil || !toConfirm.isEmpty {
            let joining = Array(toConfirm.prefix(Self.window))
            toConfirm = toConfirm.dropFirst(joining.count)
            let messages = try await page().interleaved(with: joining)
            if !messages.isEmpty { return messages }
        }
        return []
    }

    private func page() async throws(LedgerError) -> [DueMessage] {
        guard let from = cursor else { return [] }
        let page = try await ledger.due(from: from, at: now, limit: Self.window)
        cursor = page.next
        for row in page.unreadableKeys { unreadableKeys.add(row) }
        farAhead.add(page.farAhead)
        try await note(page.sentAgain)
        let messages = confirmations.leftOf(page.messages)
        return left.isEmpty ? messages : messages.filter { !left.contains($0.key) }
    }

    private func note(_ messages: [DueMessage]) async throws(LedgerError) {
        guard !messages.isEmpty else { return }
        for message in messages { sentAgain.add(message.key) }
        let decisions = messages.map { Decision($0, .wait(until: ($0.acceptedAt ?? now) + after, $0.tracking)) }
        _ = try await ledger.commit(decisions, at: now)
    }
}

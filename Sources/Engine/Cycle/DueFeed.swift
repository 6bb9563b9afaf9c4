internal import Reconciliation

/// Hands out the due messages, reading page after page, and those that join them.
@Loop
final class DueFeed {
    /// Messages looked at together: enough for the sends they came from to be whole, few enough to hold.
    static let window = 2000

    private let ledger: any Ledger
    private let now: Timestamp
    private let after: Duration
    private let left: Set<MessageKey>
    private let confirmations: Confirmations
    private var toConfirm: ArraySlice<DueMessage>
    private var cursor: DueCursor? = DueCursor()
    /// See `DuePage.unreadableKeys`.
    private(set) var unreadableKeys: [RowLocator] = []
    /// See `DuePage.farAhead`.
    private(set) var farAhead = KeyTally()
    /// See `DuePage.sentAgain`.
    private(set) var sentAgain = KeyTally()

    /// - Parameters:
    ///   - now: what is due is judged by this time for the whole walk.
    ///   - after: how long a message that is first seen is left to its webhook.
    ///   - left: messages that are left out, as they have had their turn.
    init(
        ledger: any Ledger, now: Timestamp, after: Duration, confirming confirmations: Confirmations,
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
        unreadableKeys += page.unreadableKeys
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

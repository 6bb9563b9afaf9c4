internal import Reconciliation

/// Hands out the due messages, reading page after page.
@Loop
final class DueFeed {
    /// Messages looked at together: enough for the sends they came from to be whole, few enough to hold.
    static let window = 2000

    private let ledger: any Ledger
    private let now: Timestamp
    private let left: Set<MessageKey>
    private var cursor: DueCursor? = DueCursor()
    /// See `DuePage.unreadableKeys`.
    private(set) var unreadableKeys: [RowLocator] = []
    /// See `DuePage.farAhead`.
    private(set) var farAhead = KeyTally()

    /// - Parameters:
    ///   - now: what is due is judged by this time for the whole walk.
    ///   - left: messages that are left out, as they have had their turn.
    init(ledger: any Ledger, now: Timestamp, leavingOut left: Set<MessageKey>) {
        self.ledger = ledger
        self.now = now
        self.left = left
    }

    /// The next window; empty when all have been handed out.
    func next() async throws(LedgerError) -> [DueMessage] {
        while let from = cursor {
            let page = try await ledger.due(from: from, at: now, limit: Self.window)
            cursor = page.next
            unreadableKeys += page.unreadableKeys
            farAhead.add(page.farAhead)
            let messages = left.isEmpty ? page.messages : page.messages.filter { !left.contains($0.key) }
            if !messages.isEmpty { return messages }
        }
        return []
    }
}

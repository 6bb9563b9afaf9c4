internal import Reconciliation

/// Hands out the due messages one by one, reading page after page.
@Loop
final class DueFeed {
    static let pageSize = 300

    private let ledger: any Ledger
    private let now: Timestamp
    private var page: ArraySlice<DueMessage> = []
    private var cursor: DueCursor? = DueCursor()

    /// - Parameter now: what is due is judged by this time for the whole walk.
    init(ledger: any Ledger, now: Timestamp) {
        self.ledger = ledger
        self.now = now
    }

    /// Nil when all have been handed out.
    func next() async throws(LedgerError) -> DueMessage? {
        while page.isEmpty, let from = cursor {
            let next = try await ledger.due(from: from, at: now, limit: Self.pageSize)
            page = next.messages[...]
            cursor = next.next
        }
        return page.popFirst()
    }
}

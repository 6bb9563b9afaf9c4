/// How much of a cycle's time polling may take: the rest belongs to what is due.
package struct PollingBudget: Hashable, Sendable {
    /// Of the cycle's time, when fetching ends.
    private static let shareToFetch = 0.25
    /// When looking again at what was kept ends as well.
    private static let shareInAll = 0.5

    /// Of the cycle; nil where time does not matter.
    private let budget: Duration?

    package init(of budget: Duration?) {
        self.budget = budget
    }

    /// - Parameter elapsed: since polling began.
    package func mayFetch(after elapsed: Duration) -> Bool { isWithin(Self.shareToFetch, elapsed) }

    package func mayLookAgain(after elapsed: Duration) -> Bool { isWithin(Self.shareInAll, elapsed) }

    private func isWithin(_ share: Double, _ elapsed: Duration) -> Bool {
        budget.map { elapsed < $0 * share } ?? true
    }
}

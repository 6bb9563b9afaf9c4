import Reconciliation
import Testing

@Suite struct PollingBudgetTests {
    @Test("a quarter of the cycle to fetch, half of it in all")
    func shares() {
        let budget = PollingBudget(of: .seconds(60))
        #expect(budget.mayFetch(after: .seconds(14)))
        #expect(!budget.mayFetch(after: .seconds(15)))
        #expect(budget.mayLookAgain(after: .seconds(29)))
        #expect(!budget.mayLookAgain(after: .seconds(30)))
    }

    @Test("a single pass takes the time it needs")
    func unbounded() {
        let budget = PollingBudget(of: nil)
        #expect(budget.mayFetch(after: .seconds(86_400)))
        #expect(budget.mayLookAgain(after: .seconds(86_400)))
    }
}

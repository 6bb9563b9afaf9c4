import Reconciliation
import Testing

@Suite struct DailyStatisticsTests {
    private typealias Counts = DailyStatistics.Counts

    @Test func `two counts tell the third`() {
        let whole = Counts(total: 10, succeeded: 7, failed: 3)
        #expect(Counts(total: 10, succeeded: 7, failed: 3) == whole)
        #expect(Counts(total: nil, succeeded: 7, failed: 3) == whole)
        #expect(Counts(total: 10, succeeded: nil, failed: 3) == whole)
        #expect(Counts(total: 10, succeeded: 7, failed: nil) == whole)
        #expect(Counts(total: 0, succeeded: nil, failed: nil) == Counts(total: 0, succeeded: 0, failed: 0))
    }

    @Test func `counts that do not say how many failed are none`() {
        #expect(Counts(total: nil, succeeded: nil, failed: nil) == nil)
        #expect(Counts(total: 10, succeeded: nil, failed: nil) == nil)
        #expect(Counts(total: nil, succeeded: 7, failed: nil) == nil)
        #expect(Counts(total: nil, succeeded: nil, failed: 3) == nil)
        #expect(Counts(total: 10, succeeded: 11, failed: nil) == nil)
        #expect(Counts(total: 10, succeeded: nil, failed: 11) == nil)
    }

    @Test func `what the provider says is left as it is`() {
        #expect(Counts(total: 10, succeeded: 7, failed: 1)?.total == 10, "reports may come while it counts")
    }
}

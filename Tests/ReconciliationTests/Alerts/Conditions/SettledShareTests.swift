import Reconciliation
import Testing

/// What can be told of who settles messages, where not all rows were looked at.
@Suite struct SettledShareTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private var since: Timestamp { now - .seconds(3600) }

    /// Settled so many seconds ago.
    private func times(_ ago: Int64..., covered: Int64? = nil) -> SettledShare.Times {
        SettledShare.Times(ago.map { now - .seconds($0) }, covered: covered.map { now - .seconds($0) })
    }

    private func share(_ asked: SettledShare.Times, _ elsewhere: SettledShare.Times) -> SettledShare {
        SettledShare(byAsking: asked, elsewhere: elsewhere, since: since, until: now)
    }

    @Test("where all was looked at, all counts")
    func whole() {
        #expect(share(times(10, 3600), times(20)) == SettledShare(byAsking: 2, elsewhere: 1))
    }

    @Test("else what both cover")
    func part() {
        #expect(share(times(10, 1000, 3000), times(20, 950, covered: 1000)) == SettledShare(byAsking: 2, elsewhere: 2))
        #expect(share(times(10, 1000, covered: 900), times(20, 1000)) == SettledShare(byAsking: 1, elsewhere: 1))
    }

    @Test("of less than a quarter of an hour there is no telling")
    func short() {
        #expect(share(times(10), times(20, covered: 899)) == SettledShare())
        let young = now - .seconds(60)
        #expect(
            SettledShare(byAsking: times(10), elsewhere: times(20), since: young, until: now)
                == SettledShare(byAsking: 1, elsewhere: 1), "a time that short was asked for")
    }
}

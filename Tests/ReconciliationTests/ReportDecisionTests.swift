import Reconciliation
import Support
import Testing

/// What is kept of reports that go on coming while it is decided about them.
@Suite struct ReportDecisionTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func parked(_ codes: [String: String], tries: Int = 0, tryAt seconds: Int64 = 600) -> ParkedReports? {
        let entries = codes.sorted { $0.key < $1.key }.map { service, code in
            ReportEntry(key: MessageKey("K"), serviceType: service, code: ReportCode(code), reportedAt: now)
        }
        return ParkedReports(
            entries, isMatched: true, receivedAt: now - .seconds(60), tries: tries, tryAt: now + .seconds(seconds))
    }

    private func left(
        _ kept: ParkedReports?, read: ParkedReports?, current: ParkedReports?
    ) -> ParkedReports? {
        ReportDecision(MessageKey("K"), nil, kept: kept, read: read).left(of: current, at: now)
    }

    @Test("as it was decided, where nothing came")
    func asDecided() {
        let read = parked(["SMS": "64016"])
        let kept = parked(["SMS": "64016"], tries: 1)
        #expect(left(kept, read: read, current: read) == kept)
        #expect(left(nil, read: read, current: read) == nil)
        #expect(left(kept, read: nil, current: nil) == kept)
    }

    @Test("a look at them in between is no news")
    func lookedAt() {
        let kept = parked(["SMS": "64016"], tries: 1)
        #expect(left(kept, read: parked(["SMS": "64016"]), current: parked(["SMS": "64016"], tries: 5)) == kept)
    }

    @Test("what is settled meanwhile is not kept again")
    func settledMeanwhile() {
        #expect(left(parked(["SMS": "64016"]), read: parked(["SMS": "64016"]), current: nil) == nil)
    }

    @Test("another channel's report joins, and is looked at soon")
    func joined() {
        let read = parked(["ALIMTALK": "64016"])
        let current = parked(["ALIMTALK": "64016", "SMS": "23001"])
        let found = left(parked(["ALIMTALK": "64016"], tries: 3), read: read, current: current)
        #expect(found?.entries.map(\.serviceType) == ["ALIMTALK", "SMS"])
        #expect(found?.tryAt == now)
        #expect(found?.tries == 0)
    }

    @Test("what was done with is gone, and what came stays")
    func decidedWithout() {
        let current = parked(["ALIMTALK": "64016", "SMS": "23001"])
        let found = left(nil, read: parked(["ALIMTALK": "64016"]), current: current)
        #expect(found?.entries.map(\.serviceType) == ["SMS"])
        #expect(left(nil, read: nil, current: current)?.entries.count == 2)
    }

    @Test("a later report of the same channel takes the place of the earlier one")
    func sameChannel() {
        let read = parked(["SMS": "63005"])
        let found = left(parked(["SMS": "63005"], tries: 1), read: read, current: parked(["SMS": "23001"]))
        #expect(found?.entries.compactMap(\.code?.text) == ["23001"])
    }

    @Test("entries are gathered by message, in the order of their coming")
    func byKey() {
        let entries = ["a", "b", "a"].map { ReportEntry(key: MessageKey($0), code: .delivered) }
        #expect(entries.byKey.map(\.key.text) == ["a", "b"])
        #expect(entries.byKey.map(\.entries.count) == [2, 1])
    }
}

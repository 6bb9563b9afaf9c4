import Reconciliation
import Testing

/// The alerts that watch the whole, judged from numbers.
@Suite struct ConditionLimitsTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let limits = ConditionLimits(
        pendingAgingAfter: .seconds(7200), backlogAbove: 10_000, webhookGap: nil, interval: .seconds(60))
    private let gap = WebhookGapLimit(share: 0.5, atLeast: 20, window: .seconds(3600))

    @Test("PendingAging begins only past its limit, and says by how much")
    func aging() {
        let old = limits.pending(PendingOutline(count: 1, oldestAcceptedAt: now - .seconds(7201)), at: now)
        #expect(old.first == .holds(AlertIdentity(.pendingAging), detail: "121m > 2h"))
        let young = limits.pending(PendingOutline(count: 1, oldestAcceptedAt: now - .seconds(7200)), at: now)
        #expect(young.first == .over(AlertIdentity(.pendingAging)))
        #expect(limits.pending(PendingOutline(), at: now).first == .over(AlertIdentity(.pendingAging)))
    }

    @Test("Backlog is more than the limit, not as many")
    func backlog() {
        let many = limits.pending(PendingOutline(count: 10_001), at: now)
        #expect(many.last == .holds(AlertIdentity(.backlog), detail: "> 10000"))
        #expect(limits.pending(PendingOutline(count: 10_000), at: now).last == .over(AlertIdentity(.backlog)))
    }

    @Test("WebhookGap needs more than the share, and of too few messages says nothing either way")
    func webhookGap() {
        let identity = AlertIdentity(.webhookGap)
        #expect(
            gap.observations(SettledShare(byAsking: 45, elsewhere: 7))
                == [.holds(identity, detail: "86% of 52 in 1h")])
        #expect(gap.observations(SettledShare(byAsking: 26, elsewhere: 26)) == [.over(identity)])
        #expect(gap.observations(SettledShare(byAsking: 19, elsewhere: 0)) == [])
        #expect(gap.observations(SettledShare()) == [])
        #expect(gap.observations(SettledShare(byAsking: 20)) == [.holds(identity, detail: "100% of 20 in 1h")])
    }

    @Test("A detail of our own, however large its numbers, is not taken for a telephone number")
    func detailsAreNotBlottedOut() {
        var rate = ThrottleRate()
        for second in 0..<600 {
            for _ in 0..<200 { rate.note(isThrottled: true, at: .seconds(second)) }
        }
        let details =
            (gap.observations(SettledShare(byAsking: 1_000_000)) + rate.observations(at: .seconds(599))
            + limits.overrun(of: .seconds(90_000))).compactMap { observation -> String? in
                if case .holds(_, let detail, _) = observation { detail } else { nil }
            }
        #expect(details.count == 3)
        #expect(details.map(Redaction.clean) == details)
    }

    @Test("CycleOverrun begins past five intervals and ends with a cycle of two; one pass alone cannot overrun")
    func overrun() {
        let identity = AlertIdentity(.cycleOverrun)
        #expect(limits.overrun(of: .seconds(312)) == [.holds(identity, detail: "312s > 5 × 1m")])
        #expect(limits.overrun(of: .seconds(300)) == [])
        #expect(limits.overrun(of: .seconds(120)) == [.over(identity)])
        #expect(limits.overrun(of: .seconds(10), isOver: false) == [], "a cycle under way ends nothing")
        var single = limits
        single.interval = nil
        #expect(single.overrun(of: .seconds(86_400)) == [])
    }

    @Test("RateLimited takes ten minutes of mostly 429, not a burst")
    func throttled() {
        var rate = ThrottleRate()
        let identity = AlertIdentity(.rateLimited)
        for second in 0..<300 { rate.note(isThrottled: second % 4 != 0, at: .seconds(second)) }
        #expect(rate.observations(at: .seconds(299)) == [.over(identity)], "five minutes")
        for second in 300..<600 { rate.note(isThrottled: second % 4 != 0, at: .seconds(second)) }
        #expect(rate.observations(at: .seconds(599)) == [.holds(identity, detail: "450 of 600 in 10m")])
        for second in 600..<1000 { rate.note(isThrottled: false, at: .seconds(second)) }
        #expect(rate.observations(at: .seconds(999)) == [.over(identity)])
        var few = ThrottleRate()
        for minute in 0..<9 { few.note(isThrottled: true, at: .seconds(60 * minute)) }
        #expect(few.observations(at: .seconds(540)) == [.over(identity)], "nine requests")
    }

    @Test("an outage's remains hide nothing for longer than the outage lasted")
    func catchUp() {
        var catchUp = OutageRecovery(after: ProviderHealth(since: now))
        catchUp.cycleEnded(answers: true, isCutShort: true, at: now)
        #expect(!catchUp.isUnderWay, "a backlog without an outage")
        #expect(catchUp.endedAt == nil, "a backlog without an outage")
        catchUp.cycleEnded(answers: false, isCutShort: false, at: now)
        catchUp.cycleEnded(answers: true, isCutShort: true, at: now + .seconds(3600))
        #expect(catchUp.isUnderWay)
        catchUp.cycleEnded(answers: true, isCutShort: true, at: now + .seconds(7199))
        #expect(catchUp.isUnderWay)
        catchUp.cycleEnded(answers: true, isCutShort: true, at: now + .seconds(7200))
        #expect(!catchUp.isUnderWay)
        #expect(catchUp.endedAt == now + .seconds(7200))
        var left = OutageRecovery(after: ProviderHealth(state: .refused, since: now))
        #expect(left.isUnderWay, "an outage that an earlier process has left")
        left.cycleEnded(answers: true, isCutShort: false, at: now + .seconds(60))
        #expect(!left.isUnderWay)
    }
}

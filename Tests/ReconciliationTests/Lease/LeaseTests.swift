import Reconciliation
import Support
import Testing

@Suite struct LeaseTests {
    private let start = Timestamp(seconds: 1_800_000_000)
    private let lease = Lease(interval: .seconds(60))

    @Test("four looks an interval, and a claim lasts for one and a half")
    func fourLooksAnInterval() {
        #expect(lease.pause == .seconds(15))
        #expect(lease.lasts == .seconds(90))
        #expect(Lease(interval: .milliseconds(200)).pause == .milliseconds(100))
    }

    @Test("who is first has it, and keeps its term") func whoIsFirstHasItAndKeepsItsTerm() throws {
        let first = try #require(LeaseRecord().claimed(by: "a", at: start, for: lease.lasts))
        #expect(first == LeaseRecord(owner: "a", term: 1, until: start + .seconds(90)))
        let renewed = try #require(first.claimed(by: "a", at: start + .seconds(15), for: lease.lasts))
        #expect(renewed == LeaseRecord(owner: "a", term: 1, until: start + .seconds(105)))
        let late = try #require(renewed.claimed(by: "a", at: start + .seconds(4000), for: lease.lasts))
        #expect(late.term == 1, "nobody has taken it meanwhile")
    }

    @Test("others have it when it is over, or given back") func othersHaveItWhenItIsOverOrGivenBack() {
        let record = LeaseRecord(owner: "a", term: 7, until: start)
        #expect(record.claimed(by: "b", at: start - .milliseconds(1), for: lease.lasts) == nil)
        #expect(record.claimed(by: "b", at: start, for: lease.lasts) == nil)
        let taken = record.claimed(by: "b", at: start + .milliseconds(1), for: lease.lasts)
        #expect(taken?.owner == "b" && taken?.term == 8)
        let free = LeaseRecord(owner: nil, term: 7, until: start + .seconds(50))
        #expect(free.claimed(by: "b", at: start, for: lease.lasts)?.term == 8)
        #expect(free.claimed(by: "a", at: start, for: lease.lasts)?.term == 8, "what was given back is gone")
    }

    @Test("what a look means") func whatALookMeans() {
        let other = LeaseInstance(id: "b", host: "db2", processID: 7)
        let standby = LeaseStanding.standingBy(owner: other, until: start)
        let held = LeaseClaim.held(by: other, until: start + .seconds(9))
        #expect(standby.after(held) == .standingBy(owner: other, until: start + .seconds(9)))
        #expect(standby.after(.had(term: 3)) == .working(term: 3))
        #expect(LeaseStanding.working(term: 3).after(.had(term: 3)) == .working(term: 3))
        #expect(LeaseStanding.working(term: 3).after(held) == .lost(owner: other))
        #expect(LeaseStanding.working(term: 3).after(.had(term: 5)) == .lost(owner: nil), "another one had 4")
        #expect(LeaseStanding.lost(owner: other).after(.had(term: 6)) == .working(term: 6))
        #expect(LeaseStanding.lost(owner: nil).after(held) == .standingBy(owner: other, until: start + .seconds(9)))
    }

    /// Daemons that look at one row, each at times of its own.
    private struct Crowd {
        let lease: Lease
        var record = LeaseRecord()
        var next: [String: Duration] = [:]
        var standing: [String: LeaseStanding] = [:]
        var lastSigns: [String: Duration] = [:]

        /// Everybody's looks until that time, in their order.
        mutating func pass(until end: Duration) {
            while let (name, at) = next.min(by: { $0.value < $1.value }), at <= end {
                look(name, at)
                next[name] = at + lease.pause
            }
        }

        private mutating func look(_ name: String, _ at: Duration) {
            let now = Timestamp(seconds: 1_800_000_000) + at
            let claimed = record.claimed(by: name, at: now, for: lease.lasts)
            if let claimed { record = claimed }
            let claim = claimed.map { LeaseClaim.had(term: $0.term) } ?? .held(by: nil, until: record.until)
            standing[name] = standing[name]?.after(claim) ?? LeaseStanding(claim)
            lastSigns[name] = at
        }

        var working: [String] {
            standing.filter { if case .working = $0.value { true } else { false } }.map(\.key)
        }
    }

    @Test(
        "a standby takes over within two intervals of the last sign of life, whatever the phases",
        arguments: [200, 400, 1000, 60_000])
    func aStandbyTakesOverWithinTwoIntervals(milliseconds: Int) throws {
        var random = SeededGenerator(seed: UInt64(milliseconds))
        let interval = Duration.milliseconds(milliseconds)
        for _ in 0..<500 {
            var crowd = Crowd(lease: Lease(interval: interval))
            for name in ["a", "b", "c", "d"].prefix(Int.random(in: 2...4, using: &random)) {
                crowd.next[name] = .milliseconds(Int.random(in: 0..<milliseconds * 2, using: &random))
            }
            let end = Duration.milliseconds(Int.random(in: milliseconds * 3..<milliseconds * 20, using: &random))
            crowd.pass(until: end)
            let owner = try #require(crowd.working.first)
            #expect(crowd.working.count == 1)
            // It is killed, or paused.
            crowd.next[owner] = nil
            let lastSign = try #require(crowd.lastSigns[owner])
            crowd.standing[owner] = nil
            crowd.pass(until: lastSign + interval * 2)
            #expect(crowd.working.count == 1, "nobody within two intervals")
            #expect(crowd.record.term == 2)
        }
    }

    @Test("one that was paused learns that it has lost, whoever has it by then")
    func oneThatWasPausedLearnsThatItHasLost() {
        var crowd = Crowd(lease: lease)
        crowd.next = ["a": .zero, "b": .seconds(1)]
        crowd.pass(until: .seconds(100))
        crowd.next["a"] = .seconds(400)
        crowd.pass(until: .seconds(300))
        #expect(Set(crowd.working) == ["a", "b"] && crowd.record.owner == "b", "it has not looked yet")
        crowd.pass(until: .seconds(401))
        #expect(crowd.standing["a"] == .lost(owner: nil) && crowd.working == ["b"])
        crowd.pass(until: .seconds(420))
        #expect(crowd.standing["a"] == .standingBy(owner: nil, until: crowd.record.until), "it stands by again")
    }
}

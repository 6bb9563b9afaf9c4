import Reconciliation
import Testing

/// Shares of failures, by class.
@Suite struct FailureRateTests {
    private let limit = FailureRateLimit(share: 0.3, atLeast: 20, window: .seconds(86_400))

    private func counts(delivered: Int, _ failures: [ReportClass: Int] = [:], givenUp: Int = 0) -> OutcomeCounts {
        var counts = OutcomeCounts()
        counts.add(.delivered, delivered)
        for (meaning, count) in failures { counts.add(.failed(meaning), count) }
        counts.add(.givenUp, givenUp)
        return counts
    }

    private func rings(_ counts: OutcomeCounts) -> [String: String] {
        var found: [String: String] = [:]
        for case .holds(let identity, let detail, _) in limit.observations(counts) {
            found[identity.labels["class"] ?? ""] = detail
        }
        return found
    }

    @Test("a class rings above its share, not at it")
    func share() {
        #expect(rings(counts(delivered: 69, [.recipient: 31])) == ["recipient": "31% of 100 in 24h"])
        #expect(rings(counts(delivered: 70, [.recipient: 30])).isEmpty)
    }

    @Test("each class for itself, and all that was settled counts")
    func classes() {
        let both = counts(delivered: 20, [.template: 40, .account: 40])
        #expect(rings(both) == ["template": "40% of 100 in 24h", "account": "40% of 100 in 24h"])
        #expect(rings(counts(delivered: 40, [.template: 20, .account: 20, .transient: 20])).isEmpty)
        #expect(rings(counts(delivered: 0, [.template: 20], givenUp: 60)).isEmpty)
    }

    @Test("what is given up is a failure of no class")
    func givenUp() { #expect(rings(counts(delivered: 0, givenUp: 100)).isEmpty) }

    @Test("too few say nothing, and what rang is over then")
    func few() {
        let identity = AlertIdentity(.failureRate, labels: ["class": "recipient"])
        #expect(rings(counts(delivered: 0, [.recipient: 19])).isEmpty)
        #expect(limit.observations(counts(delivered: 0, [.recipient: 19])).contains(.over(identity)))
        #expect(rings(counts(delivered: 0, [.recipient: 20])) == ["recipient": "100% of 20 in 24h"])
    }

    @Test("every class but the delivered has its say, every time")
    func complete() {
        let observations = limit.observations(OutcomeCounts())
        #expect(observations.count == ReportClass.allCases.count - 1)
        #expect(!observations.contains(.over(AlertIdentity(.failureRate, labels: ["class": "delivered"]))))
    }

    @Test("one that fires is over only after it has not been seen for keep_firing_for")
    func held() {
        var states = AlertStates()
        let rules = AlertRules(keepFiringFor: .seconds(600))
        let start = Timestamp(seconds: 1_800_000_000)
        func look(_ counts: OutcomeCounts, _ seconds: Int64) -> Bool {
            for observation in limit.observations(counts) {
                states.apply(observation, at: start + .seconds(seconds), rules: rules)
            }
            return !states.firing.isEmpty
        }
        let bad = counts(delivered: 0, [.recipient: 20])
        let good = counts(delivered: 100, [.recipient: 20])
        #expect(look(bad, 0))
        #expect(look(good, 60))
        #expect(look(bad, 600), "seen again: it goes on")
        #expect(look(good, 660))
        #expect(look(good, 1259))
        #expect(!look(good, 1260))
    }
}

/// Reports that take long.
@Suite struct SlowReportsTests {
    private let limit = SlowReportsLimit(share: 0.1, after: .seconds(300), atLeast: 20, window: .seconds(900))
    private let identity = AlertIdentity(.slowReports)

    private func delays(_ counts: [Int64: Int]) -> ReportDelays {
        var delays = ReportDelays()
        for (seconds, count) in counts { delays.add(step: ReportDelays.step(of: .seconds(seconds)), count) }
        return delays
    }

    @Test("more than the share, later than the limit")
    func share() {
        #expect(
            limit.observation(delays([3: 88, 301: 12])) == .holds(identity, detail: "12% of 100 > 5m in 15m"))
        #expect(limit.observation(delays([3: 90, 301: 10])) == .over(identity))
        #expect(limit.observation(delays([3: 88, 300: 12])) == .over(identity), "as long as the limit is not longer")
    }

    @Test("too few say nothing, and what rang is over then")
    func few() {
        #expect(limit.observation(delays([301: 19])) == .over(identity))
        #expect(limit.observation(delays([301: 20])) == .holds(identity, detail: "100% of 20 > 5m in 15m"))
        #expect(limit.observation(ReportDelays()) == .over(identity))
    }

    @Test("a detail, however large its numbers, is not taken for a telephone number")
    func detail() {
        guard case .holds(_, let detail, _) = limit.observation(delays([90_000: 1_000_000])) else {
            Issue.record("does not ring")
            return
        }
        #expect(Redaction.clean(detail) == detail)
    }
}

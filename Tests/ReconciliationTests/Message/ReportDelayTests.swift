import Reconciliation
import Testing

@Suite struct ReportDelayTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func length(accepted: Int64?, reported: Int64?) -> Duration? {
        func ago(_ seconds: Int64?) -> Timestamp? { seconds.map { now - .seconds($0) } }
        return ReportDelay(acceptedAt: ago(accepted), reportedAt: ago(reported), learntAt: now)?.length
    }

    @Test("from the acceptance to the report, whenever it is learnt")
    func lengths() {
        #expect(length(accepted: 600, reported: 595) == .seconds(5))
        #expect(length(accepted: 700_000, reported: 600_000) == .seconds(100_000))
        #expect(length(accepted: 600, reported: 0) == .seconds(600))
    }

    @Test("clocks that differ by up to a minute make it no shorter than nothing")
    func skew() {
        #expect(length(accepted: 540, reported: 600) == .zero)
        #expect(length(accepted: 0, reported: -60) == .seconds(60))
    }

    @Test("a wrong clock, or no time at all, tells nothing")
    func wrong() {
        #expect(length(accepted: 539, reported: 600) == nil, "from before the acceptance")
        #expect(length(accepted: 600, reported: -61) == nil, "from the future")
        #expect(length(accepted: nil, reported: 600) == nil)
        #expect(length(accepted: 600, reported: nil) == nil)
    }
}

@Suite struct ReportDelaysTests {
    @Test(
        "the limits people write are the ends of steps",
        arguments: [
            1, 2, 15, 30, 60, 90, 120, 150, 300, 600, 900, 1200, 1500, 1800, 2700, 3600, 5400, 7200, 10_800, 14_400,
            21_600, 43_200, 86_400, 172_800, 259_200,
        ])
    func limits(seconds: Int64) {
        #expect(ReportDelays.step(of: .seconds(seconds)) == seconds)
        var delays = ReportDelays()
        delays.add(step: ReportDelays.step(of: .seconds(seconds)))
        delays.add(step: ReportDelays.step(of: .seconds(seconds) + .milliseconds(1)))
        #expect(delays.slower(than: .seconds(seconds)) == 1)
    }

    @Test("a step is no longer than an eighth of the delay, beyond the first seconds")
    func precision() {
        for seconds in stride(from: Int64(8), to: 30 * 86_400, by: 97) {
            let step = ReportDelays.step(of: .seconds(seconds))
            #expect(step >= seconds)
            #expect(Double(step - seconds) <= Double(seconds) / 8)
        }
    }

    @Test("absurd delays count as the longest")
    func absurd() {
        let longest = ReportDelays.step(of: .seconds(366 * 86_400))
        #expect(ReportDelays.step(of: .seconds(Int64.max)) == longest)
        #expect(ReportDelays.step(of: .seconds(-5)) == 0)
    }

    @Test("a quantile is what no more than the rest took longer than")
    func quantiles() {
        var delays = ReportDelays()
        #expect(delays.quantile(0.5) == nil)
        for seconds in 1...100 { delays.add(step: ReportDelays.step(of: .seconds(seconds))) }
        #expect(delays.quantile(0.5) == .seconds(50))
        #expect(delays.quantile(0.9) == .seconds(90))
        #expect(delays.quantile(0.99) == .seconds(99))
        #expect(delays.quantile(1) == .seconds(100))
        var more = ReportDelays()
        more.add(step: 600, 300)
        more.add(delays)
        #expect(more.total == 400)
        #expect(more.quantile(0.5) == .seconds(600))
    }
}

@Suite struct MessageOutcomeTests {
    private func settlement(
        _ from: RowStatus, _ to: RowStatus, _ reason: DeadLetterReason? = nil, _ code: String = ""
    ) -> Settlement {
        Settlement(
            key: MessageKey("k"), row: RowLocator(1), from: from, to: to, reason: reason, code: ReportCode(code))
    }

    @Test("a settlement of ours counts by its code's class")
    func ours() {
        #expect(MessageOutcome(settlement(.pending, .sent, nil, "10000")) == .delivered)
        #expect(MessageOutcome(settlement(.deadLetter, .sent, nil, "10000")) == .delivered)
        #expect(MessageOutcome(settlement(.pending, .deadLetter, .reported, "64008")) == .failed(.account))
        #expect(MessageOutcome(settlement(.pending, .deadLetter, .reported, "99999")) == .failed(.unknown))
        #expect(MessageOutcome(settlement(.pending, .deadLetter, .stale)) == .givenUp)
        #expect(MessageOutcome(settlement(.pending, .deadLetter, .uncertain, "64008")) == .givenUp)
        #expect(MessageOutcome(settlement(.deadLetter, .deadLetter, .reported, "64008")) == nil, "it was one before")
    }

    @Test("a row of the application's counts by its status, then its code")
    func theirs() {
        #expect(MessageOutcome(.sent, ReportCode("64008")) == .delivered)
        #expect(MessageOutcome(.deadLetter, ReportCode("64008")) == .failed(.account))
        #expect(MessageOutcome(.deadLetter, nil) == .failed(.unknown))
        #expect(MessageOutcome(.deadLetter, .delivered) == .failed(.unknown))
        #expect(MessageOutcome(.pending, nil) == nil)
        #expect(MessageOutcome(.other, nil) == nil)
    }
}

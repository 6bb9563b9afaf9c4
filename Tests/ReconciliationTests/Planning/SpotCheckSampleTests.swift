import Reconciliation
import Testing

/// Which messages are asked about by themselves before a listing is believed.
@Suite struct SpotCheckSampleTests {
    private func message(_ key: String) -> DueMessage {
        DueMessage(
            key: MessageKey(key), row: RowLocator(1), status: .pending, acceptedAt: Timestamp(seconds: 0),
            tracking: Tracking())
    }

    private func settled(_ to: RowStatus, _ reason: DeadLetterReason? = nil, _ code: String? = nil) -> Judgement {
        .settle(
            Settlement(
                key: MessageKey("K"), row: RowLocator(1), from: .pending, to: to, reason: reason,
                code: code.flatMap { ReportCode($0) }))
    }

    private let waits = Judgement.wait(until: Timestamp(seconds: 600), Tracking())

    @Test("what would be a dead letter is checked, what was delivered or waits is not")
    func candidates() {
        #expect(SpotCheckSample(message("K"), settled(.deadLetter, .reported, "64016")) != nil)
        #expect(SpotCheckSample(message("K"), settled(.deadLetter, .stale)) != nil)
        #expect(SpotCheckSample(message("K"), settled(.sent, nil, "10000")) == nil)
        #expect(SpotCheckSample(message("K"), waits) == nil)
    }

    @Test("it is as listed where status, reason and code are")
    func agrees() throws {
        let sample = try #require(SpotCheckSample(message("K"), settled(.deadLetter, .reported, "64016")))
        #expect(sample.agrees(with: settled(.deadLetter, .reported, "64016")))
        #expect(!sample.agrees(with: settled(.deadLetter, .reported, "23001")), "another channel's failure came last")
        #expect(!sample.agrees(with: settled(.deadLetter, .stale)))
        #expect(!sample.agrees(with: settled(.sent, nil, "10000")))
        #expect(!sample.agrees(with: waits))
    }

    @Test("six at most, spread over all", arguments: [(0, 0), (1, 1), (6, 6), (7, 4), (12, 6), (1000, 6)])
    func spread(candidates: Int, expected: Int) {
        let all = (0..<candidates).compactMap { SpotCheckSample(message("K\($0)"), settled(.deadLetter, .stale)) }
        let some = SpotCheckSample.some(of: all)
        #expect(some.count == expected)
        #expect(some.first?.message.key == all.first?.message.key)
        #expect(Set(some.map(\.message.key)).count == expected)
    }
}

import Reconciliation
import Testing

@Suite struct BacklogEstimatorTests {
    private static let start = Timestamp(seconds: 1_795_402_800)

    private func key(_ send: Int, _ recipient: Int) -> MessageKey {
        MessageKey("S\(1_000_000 + send)\(100 + recipient)")
    }

    @Test("counts messages and sends by the hour, and rows since by the addresses")
    func hours() {
        var surveyor = BacklogEstimator()
        for index in 0..<200 {
            surveyor.add(
                key(index / 10, index % 10), place: Int64(1000 + index),
                acceptedAt: Self.start + .seconds(Int64(index / 100) * 3600 + Int64(index)))
        }
        surveyor.add(key(99, 1), place: 5, acceptedAt: nil)
        let survey = surveyor.survey(lastPlace: 1999)
        #expect(survey.stretches.map(\.messages) == [100, 100])
        #expect(survey.stretches.map(\.sends) == [10, 10])
        #expect(survey.stretches.map(\.rowsSince) == [1000, 900])
        #expect(survey.stretches.first?.first == Self.start)
        #expect(survey.isWhole)
    }

    @Test("what lies between the oldest and the newest part is taken to be as dense as they are")
    func between() {
        var surveyor = BacklogEstimator()
        for index in 0..<500 {
            surveyor.add(
                key(index / 10, index % 10), place: Int64(index) * 2, acceptedAt: Self.start)
            surveyor.add(
                key(500 + index / 10, index % 10), place: 100_000 + Int64(index) * 2,
                acceptedAt: Self.start + .seconds(7200), at: .newest)
        }
        let survey = surveyor.survey(lastPlace: 101_000, isWhole: false)
        #expect((49_000...51_000).contains(survey.messages), "\(survey.messages)")
        #expect((4900...5100).contains(survey.sends), "\(survey.sends)")
        #expect(survey.stretches.map(\.rowsSince) == [101_001, 100_003, 1001])
        #expect(surveyor.survey(lastPlace: 101_000, isWhole: true).messages == 1000)
    }

    @Test("addresses that do not count rows say so")
    func farApart() {
        var surveyor = BacklogEstimator()
        surveyor.add(key(1, 1), place: .min, acceptedAt: Self.start)
        #expect(surveyor.survey(lastPlace: .max).stretches.first?.rowsSince == nil)
        #expect(surveyor.survey(lastPlace: 900_000_000_000).stretches.first?.rowsSince == nil)
    }
}

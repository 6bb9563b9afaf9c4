@testable import Reconciliation
import Support
import Testing

@Suite struct DeliveryHistoryTests {
    static let sizes = [3.0, 30, 300, 3_000, 30_000]
    static let someSizes = [3.0, 300, 30_000]
    static let twoMonths = 60 * 24
    static let threeWeeks = 21 * 24

    // MARK: Healthy

    @Test("a healthy account is silent for sixty days, whatever its size", arguments: sizes)
    func aHealthyAccountIsSilent(_ size: Double) {
        var account = SimulatedAccount(perDay: size, seed: UInt64(size))
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: Self.twoMonths) == [])
    }

    @Test("so it is where it sends around the clock, and reports take up to a day", arguments: someSizes)
    func reportsMayTakeADay(_ size: Double) {
        var account = SimulatedAccount(perDay: size, seed: 7)
        account.hours = SimulatedAccount.aroundTheClock
        account.lateness = 0...24
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: Self.threeWeeks) == [])
    }

    @Test("so it is where all is sent before midnight, and reported on the next day", arguments: someSizes)
    func reportsMayComeOnTheNextDay(_ size: Double) {
        var account = SimulatedAccount(perDay: size, seed: 11)
        account.hours = SimulatedAccount.atMidnight
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: Self.threeWeeks) == [])
    }

    @Test("so it is where the provider counts reports up to a day late", arguments: someSizes, [3, 23])
    func countsMayBeLate(_ size: Double, by hours: Int) {
        var account = SimulatedAccount(perDay: size, seed: 13)
        account.countedLate = hours
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: Self.threeWeeks) == [])
    }

    @Test("so it is with a third of its messages failing from the first day on", arguments: someSizes)
    func aThirdMayFail(_ size: Double) {
        var account = SimulatedAccount(perDay: size, seed: 17)
        account.failing = 0.33
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: Self.threeWeeks) == [])
    }

    @Test("an account without any message is silent")
    func nothingSaysNothing() {
        var account = SimulatedAccount(perDay: 0, seed: 1)
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: 100) == [])
    }

    // MARK: Ill

    @Test("an account that is suspended on its first day is noticed on it")
    func theFirstDayCounts() {
        var account = SimulatedAccount(perDay: 300, seed: 29)
        account.suspendedFrom = 0
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: 24).first.map { $0 < 12 } == true)
    }

    @Test("the first look of all finds what went on for a month")
    func theFirstLookFinds() {
        var account = SimulatedAccount(perDay: 300, seed: 31)
        account.suspendedFrom = 0
        for _ in 0..<30 * 24 - 9 { account.passHour() }
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: 1) == [0])
    }

    @Test("where nothing is reported any more it is noticed, too")
    func silenceIsNoticed() {
        var account = SimulatedAccount(perDay: 300, seed: 37)
        account.silentFrom = 21 * 24 + 12
        var history = DeliveryHistory()
        let found = history.follow(&account, hours: 24 * 24)
        #expect(found.first.map { (21 * 24 + 12...21 * 24 + 60).contains($0) } == true)
        #expect(history.collapse?.kind == .silence)
    }

    @Test("where nothing was ever reported it is noticed on the fourth day")
    func silenceFromTheBeginning() {
        var account = SimulatedAccount(perDay: 300, seed: 41)
        account.silentFrom = 0
        var history = DeliveryHistory()
        let found = history.follow(&account, hours: 5 * 24)
        #expect(found.first.map { (72...100).contains($0) } == true)
    }

    @Test("it is over on the day on which messages are delivered again", arguments: [2, 30])
    func itIsOver(_ days: Int) {
        var account = SimulatedAccount(perDay: 300, seed: 43)
        account.suspendedFrom = 14 * 24
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: (14 + days) * 24).isEmpty == false)
        account.suspendedFrom = nil
        let found = history.follow(&account, hours: 24 * 4)
        #expect(found.last.map { $0 < 24 * 2 } ?? true, "a weekend may be between")
    }

    @Test("a month of failures does not become usual")
    func aBadMonthIsNotUsual() {
        var account = SimulatedAccount(perDay: 300, seed: 47)
        account.suspendedFrom = 10 * 24
        var history = DeliveryHistory()
        _ = history.follow(&account, hours: 40 * 24)
        #expect(history.collapse?.kind == .failures)
        #expect((history.collapse?.usual ?? 0) > 0.85)
    }

    // MARK: Small things

    @Test("one of fifteen, fourteen and more of which failed, is far below nine of ten")
    func theTest() {
        let test = ShareTest(usual: 0.9)
        #expect(!test.isFarBelow(CountedShare(0, of: 15)))
        #expect(test.isFarBelow(CountedShare(0, of: 16)))
        #expect(!test.isFarBelow(CountedShare(3, of: 16)))
        #expect(test.isFarBelow(CountedShare(100, of: 300)))
        #expect(!test.isFarBelow(CountedShare(130, of: 300)))
        #expect(test.isFarBelow(CountedShare(400_000, of: 1_000_000)))
    }

    @Test("whatever numbers the provider gives, there is an answer at once", .timeLimit(.minutes(10)))
    func anyNumbers() {
        let test = ShareTest(usual: 0.9)
        #expect(test.isFarBelow(CountedShare(400_000_000_000, of: 1_000_000_000_000)))
        #expect(!test.isFarBelow(CountedShare(449_999_999_999, of: 1_000_000_000_000)))
        #expect(test.isFarBelow(CountedShare(0, of: 1 << 60)))
        #expect(!test.isFarBelow(CountedShare(-5, of: -1)))
        #expect(!test.isFarBelow(CountedShare(0, of: 0)))
    }

    @Test(
        "counts that go down, are missing or absurd end nothing, and are over with the next good ones",
        .timeLimit(.minutes(10)))
    func correctedCounts() {
        var history = DeliveryHistory()
        func day(_ accepted: Int?, _ delivered: Int?, _ failed: Int = 0, at hour: Int64) {
            let now = SimulatedAccount.start + .seconds(hour * 3600)
            history.note(
                [
                    DailyStatistics(
                        day: KoreanDay(now), received: accepted.map { .init(total: $0, succeeded: $0, failed: 0) },
                        reported: delivered.map { .init(total: $0 + failed, succeeded: $0, failed: failed) })
                ], at: now)
        }
        day(1000, 900, 50, at: 10)
        day(500, 400, 20, at: 11)
        day(nil, 400, at: 12)
        day(0, 0, at: 13)
        #expect(history.collapse == nil)
        day(1_000_000_000_000, 900_000_000_000, at: 14)
        day(1000, 900, 50, at: 15)
        #expect(history.collapse == nil)
        #expect(history.readings.last?.counts == DeliveryCounts(accepted: 1000, delivered: 900, failed: 50))
    }

    @Test("a clock that was ahead leaves nothing behind that disturbs")
    func clockWasAhead() {
        var account = SimulatedAccount(perDay: 300, seed: 59)
        var history = DeliveryHistory()
        #expect(history.follow(&account, hours: 10 * 24) == [])
        let ahead = account.now + .seconds(400 * 86_400)
        history.note([], at: ahead)
        #expect(history.collapse == nil)
        #expect(history.follow(&account, hours: 10 * 24) == [])
        account.suspendedFrom = 20 * 24
        #expect(history.follow(&account, hours: 24).isEmpty == false)
    }

    @Test("what is kept is bounded")
    func whatIsKeptIsBounded() {
        var account = SimulatedAccount(perDay: 300, seed: 53)
        account.suspendedFrom = 30 * 24
        var history = DeliveryHistory()
        _ = history.follow(&account, hours: 90 * 24)
        #expect(history.readings.count <= 15 * 24 + 2)
        #expect(history.days.count <= 32)
    }
}

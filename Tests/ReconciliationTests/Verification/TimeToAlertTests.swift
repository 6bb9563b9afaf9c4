@testable import Reconciliation
import Support
import Testing

/// How long it takes until an account that is suspended at some moment is noticed, with a look every hour.
@Suite struct TimeToAlertTests {
    /// Hours: half of the moments are noticed by the first, all by the second.
    struct Hours {
        var median: Int
        var worst: Int

        init(_ hours: [Int]) {
            let sorted = hours.sorted()
            median = sorted[sorted.count / 2]
            worst = sorted.last ?? 0
        }
    }

    private static let moments = 24
    private static let warmUp = 21 * 24

    /// Three weeks of good health; then, from a moment of the next week on, all fails.
    private static func hours(
        perDay size: Double, until isNoticed: (inout Watch, SimulatedAccount, Int) -> Bool
    ) -> Hours {
        var account = SimulatedAccount(perDay: size, seed: 61)
        var watch = Watch()
        for _ in 0..<warmUp { watch.pass(&account) }
        var random = SeededGenerator(seed: 67)
        let hours = (0..<moments).map { _ in
            var (account, watch) = (account, watch)
            let moment = warmUp + Int.random(in: 0..<7 * 24, using: &random)
            account.suspendedFrom = moment
            for _ in warmUp..<moment { watch.pass(&account) }
            for waited in 1...21 * 24 {
                watch.pass(&account)
                if isNoticed(&watch, account, moment) { return waited }
            }
            return .max
        }
        return Hours(hours)
    }

    struct Watch {
        var history = DeliveryHistory()
        var random = SeededGenerator(seed: 71)

        mutating func pass(_ account: inout SimulatedAccount) {
            account.passHour()
            history.note(account.statistics(DeliveryHistory.daysToAsk(at: account.now)), at: account.now)
        }

        /// Whether the page from a moment of the last day on, with 1,000 messages, holds one that was sent after the
        /// account was suspended and is older than ten minutes.
        mutating func drawsOne(of account: SimulatedAccount, after suspension: Int, at hour: Int) -> Bool {
            let old = Double(hour) - 1.0 / 6
            let first = account.accepted(before: old - 24 * Double.random(in: 0..<1, using: &random))
            let wrong = account.accepted(before: Double(suspension))
            return max(first, wrong) + 1 <= min(first + 1000, account.accepted(before: old))
        }
    }

    @Test(
        "statistics notice a suspension",
        arguments: [(3.0, 240, 340), (30, 36, 72), (300, 12, 70), (3_000, 12, 70), (30_000, 12, 70)])
    func byStatistics(_ size: Double, median: Int, worst: Int) {
        let hours = Self.hours(perDay: size) { watch, _, _ in watch.history.collapse != nil }
        print("DeliveryCollapse with \(Int(size)) messages a day: median \(hours.median) h, worst \(hours.worst) h")
        #expect(hours.median <= median)
        #expect(hours.worst <= worst)
    }

    @Test(
        "pages of the history notice one where rows say SENT",
        arguments: [(3.0, 24, 80), (30, 12, 70), (300, 12, 70), (3_000, 12, 70), (30_000, 24, 96)])
    func byPages(_ size: Double, median: Int, worst: Int) {
        let hours = Self.hours(perDay: size) { watch, account, moment in
            let hour = Int((account.now - SimulatedAccount.start).inSeconds / 3600)
            return watch.drawsOne(of: account, after: moment, at: hour)
        }
        print("FalseSent with \(Int(size)) messages a day: median \(hours.median) h, worst \(hours.worst) h")
        #expect(hours.median <= median)
        #expect(hours.worst <= worst)
    }
}

import Reconciliation
import Support

/// An account whose messages are sent by the hour of the day and reported late, and what the provider's statistics say of
/// it. Its traffic is made hour by hour, from a seed.
struct SimulatedAccount {
    /// Messages on a day; fewer on Saturdays and Sundays.
    var perDay: Double
    var failing = 0.08
    /// Of the day's messages, those of each hour of Korean time.
    var hours: [Double] = Self.officeHours
    var weekend = 0.2
    /// Hours from a message to its report.
    var lateness = 1...1
    /// From then on all fail (64008), or nothing is reported.
    var suspendedFrom: Int?
    var silentFrom: Int?
    /// Hours by which all counts of reports are late.
    var countedLate = 0

    static let officeHours: [Double] = (0..<24).map { (9..<19).contains($0) ? 0.1 : 0 }
    static let aroundTheClock = [Double](repeating: 1.0 / 24, count: 24)
    /// Everything ten minutes before midnight.
    static let atMidnight: [Double] = (0..<24).map { $0 == 23 ? 1 : 0 }

    private struct Hour {
        var accepted = 0
        var reports: [(hour: Int, delivered: Int, failed: Int)] = []
    }

    private var past: [Hour] = []
    private var random: SeededGenerator

    /// A Monday, midnight in Korea.
    static let start = KoreanDay(compact: "20261102")!.start

    init(perDay: Double, seed: UInt64) {
        self.perDay = perDay
        random = SeededGenerator(seed: seed)
    }

    /// The next hour passes.
    mutating func passHour() {
        let now = past.count
        let day = now / 24
        let factor = day % 7 >= 5 ? weekend : 1
        let expected = perDay * hours[now % 24] * factor
        var hour = Hour()
        hour.accepted = draw(expected)
        var left = hour.accepted
        for late in lateness {
            let some = late == lateness.upperBound ? left : left / lateness.count
            left -= some
            if let silentFrom, now >= silentFrom { continue }
            let isSuspended = suspendedFrom.map { now >= $0 } ?? false
            let failed = isSuspended ? some : draw(of: some)
            hour.reports.append((now + (isSuspended ? 0 : late), some - failed, failed))
        }
        past.append(hour)
    }

    /// About as many as expected: a random whole number with that mean, spread like arrivals.
    private mutating func draw(_ expected: Double) -> Int {
        guard expected > 0 else { return 0 }
        guard expected < 30 else { return Int(expected * Double.random(in: 0.7...1.3, using: &random)) }
        return (0..<100).count { _ in Double.random(in: 0..<1, using: &random) < expected / 100 }
    }

    private mutating func draw(of some: Int) -> Int {
        guard some < 50 else { return Int(Double(some) * failing * Double.random(in: 0.7...1.3, using: &random)) }
        return (0..<some).count { _ in Double.random(in: 0..<1, using: &random) < failing }
    }

    /// How many messages were accepted before that hour, a part of one included.
    func accepted(before hour: Double) -> Double {
        let whole = min(max(0, Int(hour)), past.count)
        let part = whole < past.count ? Double(past[whole].accepted) * (hour - Double(whole)) : 0
        return Double(past[..<whole].reduce(0) { $0 + $1.accepted }) + max(0, part)
    }

    var now: Timestamp { Self.start + .seconds(past.count * 3600) }

    /// As they are now, by the day of the message.
    func statistics(_ days: ClosedRange<KoreanDay>) -> [DailyStatistics] {
        days.compactMap { day in
            let first = KoreanDay(Self.start).distance(to: day) * 24
            guard first >= 0, first < past.count else { return nil }
            var accepted = 0
            var delivered = 0
            var failed = 0
            for hour in past[first..<min(first + 24, past.count)] {
                accepted += hour.accepted
                for report in hour.reports where report.hour + countedLate < past.count {
                    delivered += report.delivered
                    failed += report.failed
                }
            }
            return DailyStatistics(
                day: day, received: .init(total: accepted, succeeded: accepted, failed: 0),
                reported: .init(total: delivered + failed, succeeded: delivered, failed: failed))
        }
    }
}

extension DeliveryHistory {
    /// Follows an account for so many hours, looking every hour.
    /// - Returns: the hours at which it was found to have collapsed.
    mutating func follow(_ account: inout SimulatedAccount, hours: Int) -> [Int] {
        var found: [Int] = []
        for hour in 0..<hours {
            account.passHour()
            let now = account.now
            note(account.statistics(Self.daysToAsk(at: now)), at: now)
            if collapse != nil { found.append(hour) }
        }
        return found
    }
}

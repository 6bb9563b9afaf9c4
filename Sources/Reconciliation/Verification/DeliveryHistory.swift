/// What the provider's statistics have said of the account so far, and whether its messages still arrive
/// (`DeliveryCollapse`).
///
/// The provider counts by the day of the message, and how late its counts are is unverified. So the counts of single days
/// are not judged. They are added up into a meter that only goes on: messages accepted, delivered and failed since it was
/// first read. A reading is taken with every look. Any two of them give a window, and in a window two things are judged,
/// each by a test that lateness cannot fool:
///
/// - **Failures**: of those that were accepted in the window, or shortly before it, how many are not known to have failed?
///   Those without a report count as if they were to arrive, so reports that come late only hide something.
/// - **Silence**: of those that were accepted in the window and at least 26 hours ago, how many have been delivered?
///   Deliveries of earlier messages count as well, so again lateness only hides something. Before there is a good day it is
///   72 hours, after which the reconciler gives up messages, too.
///
/// Windows are looked at from the shortest on. One in which most of at least five reports say delivered ends it: whatever
/// was before, messages arrive now.
///
/// Far fewer than usual is less than half the usual share. The number `k` of `n` is so if it, or less, would come of a
/// true share of half the usual with a probability under 1 in 10,000 (binomial). Where nine of ten are usual, that takes
/// sixteen messages of which none arrives, or 300 of which a third does. A healthy account is twice as good as what is
/// tested: neither one of three messages a day, nor one with 8 % failures and reports an hour late, comes near it, however
/// often windows are looked at.
///
/// The usual share is that of the last 14 good days, and to begin with 90 % by 20 messages that never were: the first day
/// counts, too. A day is good if at least half the usual share was delivered. A bad one never becomes usual.
package struct DeliveryHistory: Hashable, Sendable {
    /// Messages since the meter was first read.
    package struct Reading: Hashable, Sendable {
        package var at: Timestamp
        package var counts: DeliveryCounts

        package init(at: Timestamp, _ counts: DeliveryCounts) {
            self.at = at
            self.counts = counts
        }
    }

    /// A day as it was seen last.
    package struct Day: Hashable, Sendable {
        package var day: KoreanDay
        package var counts: DeliveryCounts

        package init(_ day: KoreanDay, _ counts: DeliveryCounts) {
            self.day = day
            self.counts = counts
        }
    }

    /// Oldest first.
    package private(set) var readings: [Reading]
    /// Oldest first.
    package private(set) var days: [Day]

    /// So many good days are the usual.
    private static let goodDays = 14
    private static let kept = Duration.seconds(15 * 86_400)
    /// Before there is a good day.
    private static let assumed = DeliveryCounts(accepted: 20, delivered: 18, failed: 2)

    package init(readings: [Reading] = [], days: [Day] = []) {
        self.readings = readings
        self.days = days
    }

    /// The days to ask about at that time: one may end with messages that are reported only on the next.
    package static func daysToAsk(at now: Timestamp) -> ClosedRange<KoreanDay> {
        let today = KoreanDay(now)
        return today.advanced(by: -1)...today
    }

    /// Takes an answer. Of a day that it does not mention nothing is known that was not before.
    package mutating func note(_ statistics: [DailyStatistics], at now: Timestamp) {
        // Before the first look there is nothing: all that its days count came after their beginning.
        if readings.isEmpty, let first = statistics.map(\.day).min() {
            readings.append(Reading(at: first.start, DeliveryCounts()))
        }
        guard var counts = readings.last?.counts else { return }
        for statistic in statistics {
            guard let seen = DeliveryCounts(statistic) else { continue }
            let index = days.firstIndex { $0.day == statistic.day }
            counts += seen - (index.map { days[$0].counts } ?? DeliveryCounts())
            if let index { days[index].counts = seen } else { days.append(Day(statistic.day, seen)) }
        }
        days.sort { $0.day < $1.day }
        add(Reading(at: now, counts))
        forget(before: now)
    }

    /// One reading an hour is kept, and the newest.
    private mutating func add(_ reading: Reading) {
        readings.removeAll { $0.at >= reading.at }
        let hour = reading.at.hour
        if let last = readings.last, readings.count > 1, last.at.hour == hour,
            readings[readings.count - 2].at.hour == hour
        {
            readings.removeLast()
        }
        readings.append(reading)
    }

    private mutating func forget(before now: Timestamp) {
        readings.removeAll { $0.at < now - Self.kept }
        let open = Self.daysToAsk(at: now).lowerBound
        let good = Set(usual(before: open).days.map(\.day))
        let limit = KoreanDay(now - Self.kept)
        days.removeAll { $0.day < open && !good.contains($0.day) && $0.day < limit }
    }

    /// The good days before that one, as many as count, and what they come to with what is assumed.
    private func usual(before day: KoreanDay) -> (days: [Day], counts: DeliveryCounts) {
        var good: [Day] = []
        var usual = Self.assumed
        for past in days where past.day < day && past.counts.accepted > 0 {
            guard past.counts.share >= usual.share / 2 else { continue }
            good = (good + [past]).suffix(Self.goodDays)
            usual = good.reduce(Self.assumed) { $0 + $1.counts }
        }
        return (good, usual)
    }
}

// MARK: - Judging

extension DeliveryHistory {
    /// Most failures are reported within this time.
    private static let shortly = Duration.seconds(2 * 3600)
    /// All reports have come, and been counted.
    private static let long = Duration.seconds(26 * 3600)
    /// The same where that was never seen.
    private static let longest = Duration.seconds(72 * 3600)
    private static let day = Duration.seconds(86_400)
    private static let hourlyStarts = 48
    /// Reports that say how things are.
    private static let enough = 5

    /// Far fewer than usual were delivered, in the window that says so most clearly.
    package struct Collapse: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case failures
            /// No reports.
            case silence
        }

        package var kind: Kind
        package var since: Timestamp
        package var delivered: Int
        package var of: Int
        /// 0…1
        package var usual: Double
    }

    /// Nil while all is as usual, or too little is known.
    package var collapse: Collapse? {
        guard let now = readings.last else { return nil }
        let open = Self.daysToAsk(at: now.at).lowerBound
        let (goodDays, counts) = usual(before: open)
        let test = ShareTest(usual: counts.share)
        for start in windowStarts {
            if isWell(now.counts - start.counts, test) { return nil }
            let failures = failures(since: start)
            if test.isFarBelow(failures) { return collapse(.failures, since: start, failures, test) }
            let silence = silence(since: start, until: now, lag: goodDays.isEmpty ? Self.longest : Self.long)
            if test.isFarBelow(silence) { return collapse(.silence, since: start, silence, test) }
        }
        return nil
    }

    /// Those of the last two days, and one a day before, newest first: what is ill for long shows in any of them.
    private var windowStarts: [Reading] {
        var starts: [Reading] = []
        for reading in readings.dropLast().reversed() {
            if starts.count < Self.hourlyStarts || starts[starts.count - 1].at - reading.at >= Self.day {
                starts.append(reading)
            }
        }
        // What came before the first one counts, too.
        if let first = readings.first, readings.count > 1, starts.last != first { starts.append(first) }
        return starts
    }

    private func collapse(_ kind: Collapse.Kind, since start: Reading, _ share: CountedShare, _ test: ShareTest)
        -> Collapse
    {
        Collapse(kind: kind, since: start.at, delivered: share.part, of: share.whole, usual: test.usual)
    }

    private func isWell(_ window: DeliveryCounts, _ test: ShareTest) -> Bool {
        let reported = window.delivered + window.failed
        return reported >= Self.enough && CountedShare(window.delivered, of: reported).share >= test.half
    }

    /// Those not known to have failed, of all that could have. Where there are more reports than messages (each channel of
    /// a message may be counted), of the reports.
    private func failures(since start: Reading) -> CountedShare {
        guard let now = readings.last else { return CountedShare(0, of: 0) }
        let window = now.counts - start.counts
        let accepted = now.counts.accepted - counts(at: start.at - Self.shortly).accepted
        // Failures of older messages say nothing of these.
        guard window.failed <= accepted else { return CountedShare(0, of: 0) }
        let whole = max(accepted, window.delivered + window.failed)
        return CountedShare(whole - window.failed, of: whole)
    }

    private func silence(since start: Reading, until end: Reading, lag: Duration) -> CountedShare {
        let accepted = counts(at: end.at - lag).accepted - start.counts.accepted
        return CountedShare(min(end.counts.delivered - start.counts.delivered, accepted), of: accepted)
    }

    /// As the last reading until then has it.
    private func counts(at time: Timestamp) -> DeliveryCounts {
        var (low, high) = (0, readings.count)
        while low < high {
            let middle = (low + high) / 2
            if readings[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? readings[low - 1].counts : readings.first?.counts ?? DeliveryCounts()
    }
}

/// Messages, by what became of them as the provider counts.
package struct DeliveryCounts: Hashable, Sendable {
    package var accepted = 0
    package var delivered = 0
    package var failed = 0

    package init(accepted: Int = 0, delivered: Int = 0, failed: Int = 0) {
        self.accepted = accepted
        self.delivered = delivered
        self.failed = failed
    }

    /// Nil where the provider does not say how many it accepted. Where it says nothing of reports there are none.
    init?(_ statistics: DailyStatistics) {
        guard let received = statistics.received else { return nil }
        self.init(
            accepted: received.succeeded, delivered: statistics.reported?.succeeded ?? 0,
            failed: statistics.reported?.failed ?? 0)
    }

    /// Of the accepted, 0…1.
    var share: Double { CountedShare(delivered, of: accepted).share }

    static func + (left: DeliveryCounts, right: DeliveryCounts) -> DeliveryCounts {
        DeliveryCounts(
            accepted: left.accepted + right.accepted, delivered: left.delivered + right.delivered,
            failed: left.failed + right.failed)
    }

    static func - (left: DeliveryCounts, right: DeliveryCounts) -> DeliveryCounts {
        DeliveryCounts(
            accepted: left.accepted - right.accepted, delivered: left.delivered - right.delivered,
            failed: left.failed - right.failed)
    }

    static func += (left: inout DeliveryCounts, right: DeliveryCounts) { left = left + right }
}

/// Some of a number of messages.
struct CountedShare: Hashable, Sendable {
    var part: Int
    var whole: Int

    /// What was corrected since may leave less than nothing.
    init(_ part: Int, of whole: Int) {
        self.whole = max(0, whole)
        self.part = max(0, min(part, self.whole))
    }

    /// 0…1; 1 of none.
    var share: Double { whole == 0 ? 1 : Double(part) / Double(whole) }
}

/// Whether a share is far below the usual: see `DeliveryHistory`.
struct ShareTest: Hashable, Sendable {
    private static let significance = 1e-4
    /// Of more messages, so many are looked at in their stead: the provider may say any number.
    private static let mostOf = 1_000_000

    /// 0…1
    let usual: Double
    var half: Double { usual / 2 }

    init(usual: Double) {
        self.usual = min(max(usual, 0), 1)
    }

    func isFarBelow(_ share: CountedShare) -> Bool {
        guard share.whole > 0, share.share < half else { return false }
        let whole = min(share.whole, Self.mostOf)
        let part = share.whole == whole ? share.part : Int((share.share * Double(whole)).rounded(.up))
        return probability(ofAtMost: part, of: whole) < Self.significance
    }

    /// Of so many, or fewer, where half the usual share is true: from the largest term down.
    private func probability(ofAtMost part: Int, of whole: Int) -> Double {
        let odds = half / (1 - half)
        var largest = TinyNumber(1)
        for _ in 0..<whole { largest *= 1 - half }
        for k in 0..<part { largest *= Double(whole - k) / Double(k + 1) * odds }
        var sum = 1.0
        var ratio = 1.0
        for k in stride(from: part, to: 0, by: -1) {
            ratio *= Double(k) / (Double(whole - k + 1) * odds)
            sum += ratio
            guard ratio > 1e-12 else { break }
        }
        return largest.value * sum
    }
}

/// A product of so many factors that a floating-point number would be nought on the way.
private struct TinyNumber {
    private var significand: Double
    private var exponent = 0

    init(_ value: Double) {
        significand = value
    }

    static func *= (number: inout TinyNumber, factor: Double) {
        let product = number.significand * factor
        guard product > 0 else { number.significand = 0; return }
        number.exponent += Int(product.exponent)
        number.significand = product.significand
    }

    var value: Double { Double(sign: .plus, exponent: max(exponent, -1000), significand: significand) }
}

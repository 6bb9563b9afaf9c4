/// How long after a message's acceptance, or the time it was reserved for, its outcome was known: by the report's own time,
/// whenever and from whatever source we learnt it.
package struct ReportDelay: Hashable, Sendable {
    /// Clocks of the application's host and of the provider's may differ by as much.
    private static let tolerance = Duration.seconds(60)

    package var reportedAt: Timestamp
    /// Never negative.
    package var length: Duration

    /// Nil where a time is missing, or a clock must be wrong: a report from the future, or from before the acceptance, tells
    /// nothing of how long it took. Within a minute clocks may differ.
    package init?(acceptedAt: Timestamp?, reportedAt: Timestamp?, learntAt now: Timestamp) {
        guard let acceptedAt, let reportedAt, reportedAt <= now + Self.tolerance,
            reportedAt >= acceptedAt - Self.tolerance
        else { return nil }
        self.reportedAt = reportedAt
        length = max(.zero, reportedAt - acceptedAt)
    }
}

/// Delays of reports, counted in steps: no finer than people tell times, and exact for the limits they write.
///
/// A step is a second up to two minutes, ten seconds up to 20 minutes, a minute up to three hours, ten minutes up to two days,
/// and six hours beyond.
package struct ReportDelays: Hashable, Sendable {
    /// By the end of a step, in seconds: a delay counts at the first that is not before it.
    package private(set) var counts: [Int64: Int] = [:]

    private static let steps: [(upTo: Int64, length: Int64)] = [
        (120, 1), (1200, 10), (3 * 3600, 60), (2 * 86_400, 600), (.max, 6 * 3600),
    ]
    /// No message is asked about for longer.
    private static let longest = Int64(366 * 86_400)

    package init() {}

    /// - Parameter seconds: as `step` says.
    package mutating func add(step seconds: Int64, _ count: Int = 1) {
        counts[min(max(0, seconds), Self.longest), default: 0] += count
    }

    package mutating func add(_ other: ReportDelays) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    /// Where a delay counts.
    package static func step(of delay: Duration) -> Int64 {
        let (whole, rest) = delay.components
        let seconds = min(max(0, whole < longest && rest > 0 ? whole + 1 : whole), longest)
        let length = steps.first { seconds <= $0.upTo }?.length ?? 1
        return (seconds + length - 1) / length * length
    }

    package var total: Int { counts.values.reduce(0, +) }

    /// A limit within a step counts as the end of the step before.
    package func slower(than limit: Duration) -> Int {
        counts.reduce(0) { $0 + (.seconds($1.key) > limit ? $1.value : 0) }
    }

    /// No longer than this took so large a share of the reports; nil where there are none.
    /// - Parameter share: 0…1
    package func quantile(_ share: Double) -> Duration? {
        let wanted = (Double(total) * share).rounded(.up)
        var count = 0
        for (seconds, more) in counts.sorted(by: { $0.key < $1.key }) {
            count += more
            if Double(count) >= wanted { return .seconds(seconds) }
        }
        return nil
    }
}

/// Of the messages settled in `window`, at least `atLeast`, more than `share` failed for causes of one class.
package struct FailureRateLimit: Hashable, Sendable {
    /// For so long counts are kept.
    package static let longestWindow = Duration.seconds(7 * 86_400)

    /// 0…1
    package var share: Double
    package var atLeast: Int
    package var window: Duration

    package init(share: Double = 0.3, atLeast: Int = 20, window: Duration = .seconds(24 * 3600)) {
        self.share = share
        self.atLeast = atLeast
        self.window = window
    }

    /// `FailureRate`, for each class. It is over where too few were settled to tell, too: the window has moved on. Beside
    /// it an account or a sender that is refused has an alert of its own, which says by which code.
    package func observations(_ counts: OutcomeCounts) -> [AlertObservation] {
        ReportClass.failures.map { meaning in
            let identity = AlertIdentity(.failureRate, labels: ["class": meaning.rawValue])
            let failed = counts.failures[meaning] ?? 0
            guard let percent = Share.percent(failed, of: counts.settled, atLeast: atLeast, above: share) else {
                return .over(identity)
            }
            return .holds(identity, detail: "\(percent)% of \(counts.settled) in \(DurationText.format(window))")
        }
    }
}

/// Of the reports of `window`, at least `atLeast`, more than `share` came longer than `after` after the acceptance.
///
/// The window is one of the reports' own times, not of those when we learnt them. What a backlog tells that is worked off,
/// or an outage of ours has left, is about then, and rings nobody now; and that we are late ourselves makes no report slow.
/// What no webhook brings is asked about only after a while (`Policy.after`), and the last reports are not known until then:
/// so the window begins earlier by as much.
package struct SlowReportsLimit: Hashable, Sendable {
    package static let longestWindow = FailureRateLimit.longestWindow

    /// 0…1
    package var share: Double
    package var after: Duration
    package var atLeast: Int
    package var window: Duration

    package init(
        share: Double = 0.1, after: Duration = .seconds(300), atLeast: Int = 20, window: Duration = .seconds(900)
    ) {
        self.share = share
        self.after = after
        self.atLeast = atLeast
        self.window = window
    }

    /// `SlowReports`. It is over where too few were reported to tell, too.
    package func observation(_ delays: ReportDelays) -> AlertObservation {
        let identity = AlertIdentity(.slowReports)
        let slow = delays.slower(than: after)
        guard let percent = Share.percent(slow, of: delays.total, atLeast: atLeast, above: share) else {
            return .over(identity)
        }
        return .holds(
            identity,
            detail: "\(percent)% of \(delays.total) > \(DurationText.format(after)) in \(DurationText.format(window))")
    }
}

private enum Share {
    /// The share in whole percent, rounded down; nil where it is not above the limit, or the whole too small to tell.
    static func percent(_ part: Int, of whole: Int, atLeast: Int, above limit: Double) -> Int? {
        guard whole >= max(1, atLeast) else { return nil }
        let share = Double(part) / Double(whole)
        return share > limit ? Int((share * 100).rounded(.down)) : nil
    }
}

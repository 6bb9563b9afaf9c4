/// The configured times by which messages are judged (`reconcile` in the configuration).
package struct Policy: Hashable, Sendable {
    /// How long a new message is left to the webhook.
    package var after: Duration
    /// How long after acceptance a message without a final report is given up.
    package var staleAfter: Duration
    /// How far back the provider answers.
    package var window: Duration
    package var retry: RetrySchedule
    /// How often a stale dead letter is asked about again.
    package var watchInterval: Duration = .seconds(86_400)

    /// The provider knows no reports that are older (.github/PROVIDER.md): what is asked about later proves nothing.
    package static let longestWindow = Duration.seconds(30 * 86_400)

    package init(
        after: Duration = .seconds(600), staleAfter: Duration = .seconds(72 * 3600), window: Duration = longestWindow,
        retry: RetrySchedule = RetrySchedule()
    ) {
        self.after = after
        self.staleAfter = staleAfter
        self.window = window
        self.retry = retry
    }

    /// `72h`, for the row's message.
    package var staleAfterText: String { DurationText.format(staleAfter) }

    /// `30d`
    package var windowText: String { DurationText.format(window) }

    /// No message waits for longer to be asked about again; an hour for the spread, and for rows that were put off.
    package var longestPause: Duration { max(retry.max * 2, watchInterval) + .seconds(3600) }
}

/// When to ask again: `first`, `first × factor`, … up to `max`, each spread by ± `jitter` of itself so that
/// messages accepted together do not come due together for ever.
package struct RetrySchedule: Hashable, Sendable {
    package var first: Duration
    /// At least 1.
    package var factor: Double
    package var max: Duration
    /// A share, 0…1.
    package var jitter: Double

    package init(
        first: Duration = .seconds(600), factor: Double = 2, max: Duration = .seconds(6 * 3600), jitter: Double = 0.1
    ) {
        self.first = first
        self.factor = factor
        self.max = max
        self.jitter = jitter
    }

    /// The pause after the `attempt`-th ask (1 for the first).
    package func delay(afterAttempt attempt: Int, using random: inout some RandomNumberGenerator) -> Duration {
        var seconds = first.inSeconds
        let longest = max.inSeconds
        var step = 1
        while step < attempt, seconds < longest, factor > 1 {
            seconds *= factor
            step += 1
        }
        seconds = Swift.min(seconds, longest)
        let spread = jitter > 0 ? Double.random(in: -jitter...jitter, using: &random) : 0
        return .milliseconds(Int64((seconds * (1 + spread) * 1000).rounded()))
    }
}

/// How long nothing may be heard of a cycle before that is bad news.
package enum OverdueCycle {
    private static let intervals = 5

    /// By the contract of `status --check`, no cycle that succeeded for five intervals is critical.
    package static func patience(_ interval: Duration) -> Duration { interval * intervals }
}

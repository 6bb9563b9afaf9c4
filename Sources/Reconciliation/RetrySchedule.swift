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

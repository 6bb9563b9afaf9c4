/// The one limit on all requests: never more than `burst + rate × t` of them in any time `t`, measured at the server.
///
/// It starts empty: a program that is restarted again and again must not get a new burst each time. Requests that
/// leave evenly arrive unevenly, so it keeps below what it promises: one request of the burst and 2 % of the rate.
///
/// It adapts: an answer 429 halves the rate, answers raise it back to the configured one within a minute.
package struct TokenBucket: Sendable {
    /// Of what is configured; the lowest the rate sinks to is this share of it.
    private static let lowestShare = 1.0 / 32
    private static let heldBack = 0.98
    private static let secondsToRecover = 60.0
    private static let longestWait = Duration.seconds(3600)

    private let configuredRate: Double
    private let capacity: Double
    /// Requests a second at present.
    package private(set) var ratePerSecond: Double
    private var level: Double = 0
    private var updatedAt: Duration
    private var pausedUntil: Duration?
    private var loweredAt: Duration?
    private var raisedAt: Duration

    /// - Parameters:
    ///   - ratePerSecond: any positive number.
    ///   - burst: at least one request can always be saved up.
    ///   - now: monotonic time, as in all calls.
    package init(ratePerSecond: Double, burst: Double, now: Duration) {
        configuredRate = ratePerSecond * Self.heldBack
        self.ratePerSecond = configuredRate
        capacity = max(1, burst - 1)
        updatedAt = now
        raisedAt = now
    }

    /// Takes a token.
    /// - Returns: nil when it was taken, else how long to wait before trying again, an hour at most.
    package mutating func take(at now: Duration) -> Duration? {
        refill(at: now)
        if let pausedUntil, now < pausedUntil { return min(pausedUntil - now, Self.longestWait) }
        pausedUntil = nil
        guard level < 1 else {
            level -= 1
            return nil
        }
        // Rounded up to the next millisecond, so that the caller does not come back a moment too early.
        let milliseconds = ((1 - level) / ratePerSecond * 1000).rounded(.up)
        // Compared as floating point: a rate can be so low that the wait is no integer.
        return milliseconds < Self.longestWait.inSeconds * 1000 ? .milliseconds(Int64(milliseconds)) : Self.longestWait
    }

    /// Lets nothing through until then: the provider answered 429.
    package mutating func pause(until end: Duration) {
        pausedUntil = max(pausedUntil ?? end, end)
    }

    /// Until when nothing is let through; nil when something may be.
    package func pauseEnd(at now: Duration) -> Duration? { pausedUntil.flatMap { now < $0 ? $0 : nil } }

    /// The provider answered 429 to a request sent at `sentAt`. Those that were under way together lower the rate once.
    package mutating func throttled(sentAt: Duration, at now: Duration) {
        refill(at: now)
        level = 0
        if let loweredAt, sentAt <= loweredAt { return }
        loweredAt = now
        raisedAt = now
        ratePerSecond = max(ratePerSecond / 2, configuredRate * Self.lowestShare)
    }

    /// The provider took a request.
    package mutating func accepted(at now: Duration) {
        guard ratePerSecond < configuredRate, now > raisedAt else { return }
        refill(at: now)
        // A pause without requests proves nothing, so it counts for a second at most.
        let seconds = min(1, (now - raisedAt).inSeconds)
        ratePerSecond = min(configuredRate, ratePerSecond + configuredRate * seconds / Self.secondsToRecover)
        raisedAt = now
    }

    private mutating func refill(at now: Duration) {
        let passed = max(0, (now - updatedAt).inSeconds)
        level = min(capacity, level + passed * ratePerSecond)
        updatedAt = max(now, updatedAt)
    }
}

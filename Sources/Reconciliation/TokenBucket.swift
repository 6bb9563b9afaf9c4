/// The one limit on all requests: never more than `burst + rate × t` of them in any time `t`.
///
/// It starts empty: a program that is restarted again and again must not get a new burst each time.
package struct TokenBucket: Sendable {
    private let ratePerSecond: Double
    private let capacity: Double
    private var level: Double = 0
    private var updatedAt: Duration
    private var pausedUntil: Duration?

    /// - Parameters:
    ///   - ratePerSecond: any positive number.
    ///   - burst: at least one request can always be saved up.
    ///   - now: monotonic time, as in all calls.
    package init(ratePerSecond: Double, burst: Double, now: Duration) {
        self.ratePerSecond = ratePerSecond
        capacity = max(1, burst)
        updatedAt = now
    }

    /// Takes a token.
    /// - Returns: nil when it was taken, else how long to wait before trying again.
    package mutating func take(at now: Duration) -> Duration? {
        refill(at: now)
        if let pausedUntil, now < pausedUntil { return pausedUntil - now }
        pausedUntil = nil
        guard level < 1 else {
            level -= 1
            return nil
        }
        // Rounded up to the next millisecond, so that the caller does not come back a moment too early.
        return .milliseconds(Int64(((1 - level) / ratePerSecond * 1000).rounded(.up)))
    }

    /// Lets nothing through until then: the provider answered 429.
    package mutating func pause(until end: Duration) {
        pausedUntil = max(pausedUntil ?? end, end)
    }

    private mutating func refill(at now: Duration) {
        let passed = max(0, (now - updatedAt).inSeconds)
        level = min(capacity, level + passed * ratePerSecond)
        updatedAt = max(now, updatedAt)
    }
}

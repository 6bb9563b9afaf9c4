/// The provider's own limit: `burst` at once, refilled continuously.
struct TokenBucket: Sendable {
    private var ratePerSecond: Double
    private var burst: Double
    private var tokens: Double
    private var updated: Int64?

    /// Full at first. A rate of zero or less admits everything.
    init(ratePerSecond: Double, burst: Double) {
        self.ratePerSecond = ratePerSecond
        self.burst = max(1, burst)
        tokens = self.burst
    }

    /// Takes `cost` tokens where there are so many at the microsecond `now` (of a clock that never goes back).
    /// A cost above the burst needs a full bucket and leaves a debt, or it could never be met.
    mutating func take(_ cost: Double = 1, now: Int64) -> Bool {
        guard ratePerSecond > 0 else { return true }
        if let updated, now > updated {
            tokens = min(burst, tokens + Double(now - updated) * ratePerSecond / 1_000_000)
        }
        updated = max(now, updated ?? now)
        guard tokens >= min(cost, burst) - 1e-9 else { return false }
        tokens -= cost
        return true
    }
}

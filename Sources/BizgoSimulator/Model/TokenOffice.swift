/// Issues the tokens of generation `omni`, and knows which are good.
struct TokenOffice: Sendable {
    private var expiries: [String: Int64] = [:]
    private var issued: UInt64 = 0
    private var bucket = TokenBucket(ratePerSecond: 0, burst: 1)

    init(tokensPerMinute: Double) {
        limit(tokensPerMinute: tokensPerMinute)
    }

    /// Begins with a full bucket.
    mutating func limit(tokensPerMinute: Double) {
        bucket = TokenBucket(ratePerSecond: tokensPerMinute / 60, burst: tokensPerMinute)
    }

    /// Whether one may be asked for; `now` in microseconds of a clock that never goes back.
    mutating func admit(now: Int64) -> Bool { bucket.take(now: now) }

    /// A new token, good until then.
    mutating func issue(until end: Int64, seed: UInt64) -> String {
        issued += 1
        var generator = SeededGenerator(seed: seed, stream: issued)
        let token = "sim-token-" + String(generator.next(), radix: 16)
        expiries[token] = end
        return token
    }

    /// Whether the value of the header `Authorization` lets in.
    func accepts(_ authorization: String?, now: Int64) -> Bool {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return false }
        return expiries[String(authorization.dropFirst(7))].map { now < $0 } ?? false
    }

    mutating func revokeAll() {
        expiries = [:]
    }
}

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

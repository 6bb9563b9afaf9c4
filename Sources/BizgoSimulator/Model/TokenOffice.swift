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

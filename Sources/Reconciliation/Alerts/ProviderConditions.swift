/// How many of the requests of the last ten minutes were answered 429: a window that slides by the minute.
package struct ThrottleRate: Hashable, Sendable {
    private static let slot = Duration.seconds(60)
    private static let slots: Int64 = 10
    /// Fewer requests in ten minutes say nothing.
    private static let fewest = 10

    private struct Count: Hashable, Sendable {
        var requests = 0
        var throttled = 0

        var isMostlyThrottled: Bool { throttled * 2 > requests }
    }

    /// So many requests for a token in a row say that it is no accident; they come a minute apart and more.
    private static let tokensUntilLimited = 3
    private static let longestAccident = Duration.seconds(120)

    /// Requests for a token in a row that were answered 429.
    private var tokensThrottled = 0
    /// By the number of the minute.
    private var counts: [Int64: Count] = [:]

    package init() {}

    /// A request has ended.
    /// - Parameter uptime: by the clock that only goes forward.
    package mutating func note(isThrottled: Bool, at uptime: Duration) {
        let current = Self.number(uptime)
        if counts[current] == nil { counts = counts.filter { $0.key > current - Self.slots } }
        counts[current, default: Count()].requests += 1
        if isThrottled { counts[current]?.throttled += 1 }
    }

    /// A request for a token was answered 429.
    /// - Parameters:
    ///   - since: when that was first so, by the wall clock, maybe in an earlier process; nil where it is now.
    package mutating func tokenThrottled(since: Timestamp?, at now: Timestamp) {
        tokensThrottled += 1
        if let since, now - since >= Self.longestAccident {
            tokensThrottled = max(tokensThrottled, Self.tokensUntilLimited)
        }
    }

    package mutating func tokenGranted() { tokensThrottled = 0 }

    /// `RateLimited`: most requests were answered 429, in the first five of the ten minutes as in the last five, so that
    /// a single burst does not count; or three for a token in a row. Where questions are answered nothing else than 429,
    /// `ProviderUnreachable` says so.
    package func observations(at uptime: Duration) -> [AlertObservation] {
        let identity = AlertIdentity(.rateLimited)
        if tokensThrottled >= Self.tokensUntilLimited {
            let detail = "\(tokensThrottled) of \(tokensThrottled) for a token"
            return [.holds(identity, detail: detail, cause: .token)]
        }
        let now = Self.number(uptime)
        let older = sum(now - Self.slots..<now - Self.slots / 2)
        let newer = sum(now - Self.slots / 2..<now + 1)
        let requests = older.requests + newer.requests
        guard requests >= Self.fewest, older.isMostlyThrottled, newer.isMostlyThrottled else {
            return [.over(identity)]
        }
        // Words between the numbers: only marks between them, and they could be a telephone number (Redaction).
        return [.holds(identity, detail: "\(older.throttled + newer.throttled) of \(requests) in 10m")]
    }

    private func sum(_ numbers: Range<Int64>) -> Count {
        var sum = Count()
        for (number, count) in counts where numbers.contains(number) {
            sum.requests += count.requests
            sum.throttled += count.throttled
        }
        return sum
    }

    private static func number(_ uptime: Duration) -> Int64 {
        uptime.components.seconds / slot.components.seconds
    }
}

/// What an outage of the provider's leaves behind is worked off afterwards: old messages, many at once, all found by
/// asking. That is no news to people who were told of the outage.
package struct OutageRecovery: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        case even
        case out(since: Timestamp)
        /// No longer than the outage itself: what takes longer has another cause.
        case catchingUp(until: Timestamp)
    }

    private var state = State.even
    /// When the last outage was worked off; what was settled before tells nothing of webhooks.
    package private(set) var endedAt: Timestamp?

    /// - Parameter health: as an earlier process has left it.
    package init(after health: ProviderHealth) {
        if !health.takesQuestions { state = .out(since: health.since) }
    }

    /// Whether what the outage has left still hides what else there may be.
    package var isUnderWay: Bool { state != .even }

    /// A cycle has ended.
    /// - Parameters:
    ///   - answers: whether the provider did.
    ///   - isCutShort: whether more is due than the cycle had time for.
    package mutating func cycleEnded(answers: Bool, isCutShort: Bool, at now: Timestamp) {
        switch state {
        case .even, .catchingUp:
            guard answers else {
                state = .out(since: now)
                return
            }
            guard case .catchingUp(let end) = state, !isCutShort || now >= end else { return }
            finish(at: now)
        case .out(let since):
            guard answers else { return }
            if isCutShort { state = .catchingUp(until: now + (now - since)) } else { finish(at: now) }
        }
    }

    private mutating func finish(at now: Timestamp) {
        state = .even
        endedAt = now
    }
}

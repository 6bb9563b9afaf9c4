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
    /// - Parameter leaving: tokens that are to be left, as far as so many can be saved up.
    /// - Returns: nil when it was taken, else how long to wait before trying again, an hour at most.
    package mutating func take(at now: Duration, leaving: Double = 0) -> Duration? {
        refill(at: now)
        if let pausedUntil, now < pausedUntil { return min(pausedUntil - now, Self.longestWait) }
        pausedUntil = nil
        let needed = 1 + min(leaving, capacity - 1)
        guard level < needed else {
            level -= 1
            return nil
        }
        // Rounded up to the next millisecond, so that the caller does not come back a moment too early.
        let milliseconds = ((needed - level) / ratePerSecond * 1000).rounded(.up)
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

/// Who may send the next request, and when the others look again: the rate for all, by their priority, and after 429 a
/// pause for everybody.
package struct RateLimiter: Sendable {
    package enum DueTime: Hashable, Sendable {
        /// A token was taken.
        case go
        /// It is somebody else's turn.
        case behind(lookAgain: Duration)
        /// Nobody's turn: for the rate, or for as long as the provider wishes.
        case wait(Duration)
    }

    /// How often those that wait for others look whether their turn has come.
    package static let lookAgain = Duration.milliseconds(100)

    private var bucket: TokenBucket
    /// Those that wait.
    private var waiting: [Priority: Int] = [:]
    private var throttlesInARow = 0

    package init(_ bucket: TokenBucket) {
        self.bucket = bucket
    }

    /// Until when nobody is let through (monotonic time, as in all calls); nil when somebody may be.
    package func pauseEnd(at now: Duration) -> Duration? { bucket.pauseEnd(at: now) }

    /// Lets nobody through until then.
    package mutating func pause(until end: Duration) { bucket.pause(until: end) }

    /// Who joins leaves in the end, having gone or not.
    package mutating func join(_ urgency: Priority) {
        waiting[urgency, default: 0] += 1
    }

    package mutating func leave(_ urgency: Priority) {
        waiting[urgency, default: 0] -= 1
    }

    package mutating func turn(_ urgency: Priority, at now: Duration) -> DueTime {
        if waiting.contains(where: { $0.key < urgency && $0.value > 0 }) { return .behind(lookAgain: Self.lookAgain) }
        // Who comes next, and is more urgent, must not have to wait for the rate.
        let pause = bucket.take(at: now, leaving: urgency == .idle ? 1 : 0)
        return pause.map { .wait(urgency == .idle ? min($0, Self.lookAgain) : $0) } ?? .go
    }

    /// A request was taken.
    package mutating func accepted(at now: Duration) {
        throttlesInARow = 0
        bucket.accepted(at: now)
    }

    /// After 429: a lower rate for all, and a pause as long as the provider wishes, or else longer every time.
    package mutating func throttled(
        _ retryAfter: Duration?, sentAt: Duration, at now: Duration, random: inout some RandomNumberGenerator
    ) {
        throttlesInARow += 1
        bucket.throttled(sentAt: sentAt, at: now)
        let pause = retryAfter ?? RetrySchedule.ofRequests.delay(afterAttempt: throttlesInARow, using: &random)
        bucket.pause(until: now + pause)
    }
}

extension RetrySchedule {
    /// Between tries of one question, and between answers 429 that do not say how long to wait.
    static let ofRequests = RetrySchedule(first: .milliseconds(500), factor: 2, max: .seconds(60), jitter: 0.25)
}

/// Who goes first when requests have to wait for the rate limit: those with a lower value.
package enum Priority: Int, Hashable, Comparable, Sendable {
    case urgent
    /// A scan: gives way to questions about single messages.
    case bulk
    /// Verification: nothing waits for it.
    case idle

    package static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}

/// How often one question is put before it counts as failed, and when again (.github/PROVIDER.md, "Limits").
package struct RetryState: Sendable {
    package enum Next: Hashable, Sendable {
        case giveUp
        /// As soon as it is its turn.
        case again
        case pause(Duration)
    }

    package static let most = 3

    private let endpoint: Endpoint
    private let most: Int
    private var made = 0
    /// Whether a lapse is no failure: the question can be put again, with another token. The second one is.
    package private(set) var mayLapse = true

    package init(of endpoint: Endpoint, most: Int = most) {
        self.endpoint = endpoint
        self.most = most
    }

    /// Whether the question is put again after this, as far as the failure goes.
    package func goOn(after failure: QuestionFailure) -> Bool { made + 1 < most && failure.isWorthRetrying }

    /// - Parameter isOpen: whether the endpoint may be asked after this.
    package mutating func failed(
        _ failure: QuestionFailure, isOpen: Bool, random: inout some RandomNumberGenerator
    ) -> Next {
        made += 1
        guard made < most else { return .giveUp }
        if failure.kind == .lapsed {
            mayLapse = false
            return .again
        }
        guard failure.isWorthRetrying, isOpen, !asksTooOften(failure) else { return .giveUp }
        // After 429 everybody waits in line, not only this question.
        if case .rateLimited = failure.kind { return .again }
        return .pause(RetrySchedule.ofRequests.delay(afterAttempt: made, using: &random))
    }

    /// Who asks for tokens too often is not told to wait a second: he waits until access is no longer withheld.
    private func asksTooOften(_ failure: QuestionFailure) -> Bool {
        endpoint == .token && failure.kind == .rateLimited(retryAfter: nil)
    }
}

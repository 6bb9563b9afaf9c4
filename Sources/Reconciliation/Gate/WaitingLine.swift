/// Who may send the next request, and when the others look again: the rate for all, urgent before bulk, and after 429 a
/// pause for everybody.
package struct WaitingLine: Sendable {
    package enum Turn: Hashable, Sendable {
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
    /// Those that wait and go before bulk requests.
    private var urgent = 0
    private var throttlesInARow = 0

    package init(_ bucket: TokenBucket) {
        self.bucket = bucket
    }

    /// Until when nobody is let through (monotonic time, as in all calls); nil when somebody may be.
    package func pauseEnd(at now: Duration) -> Duration? { bucket.pauseEnd(at: now) }

    /// Lets nobody through until then.
    package mutating func pause(until end: Duration) { bucket.pause(until: end) }

    /// Who joins leaves in the end, having gone or not.
    package mutating func join(_ urgency: Urgency) {
        if urgency == .urgent { urgent += 1 }
    }

    package mutating func leave(_ urgency: Urgency) {
        if urgency == .urgent { urgent -= 1 }
    }

    package mutating func turn(_ urgency: Urgency, at now: Duration) -> Turn {
        if urgency == .bulk, urgent > 0 { return .behind(lookAgain: Self.lookAgain) }
        return bucket.take(at: now).map(Turn.wait) ?? .go
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

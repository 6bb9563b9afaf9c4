/// One endpoint of the provider as it is seen from here: one can fail while the others answer.
///
///     well ──breaker opens, or whoever judges it says so──▶ failing ──answer──▶ well
package struct EndpointHealth: Sendable {
    private var breaker = CircuitBreaker()
    /// The last failure since the last answer.
    package private(set) var lastFailure: QuestionFailure?
    /// Whether the provider counts as failing because of it.
    package private(set) var isFailing = false
    /// Requests and answers of the pass under way.
    package private(set) var asked = 0
    package private(set) var answered = 0

    private var watchedUntil: Duration?

    package init() {}

    /// Whether messages wait for it to work again.
    package var isWatched: Bool { watchedUntil != nil }

    package mutating func watch(until end: Duration) { watchedUntil = end }

    package mutating func endWatch(at now: Duration) {
        if let end = watchedUntil, end <= now { watchedUntil = nil }
    }

    /// It may be asked at once.
    package mutating func endPause() { breaker = CircuitBreaker() }

    /// Until when it is not asked because it failed; nil when it may be.
    package func pauseEnd(at now: Duration) -> Duration? {
        if case .open(let until, _) = breaker.state, now < until { until } else { nil }
    }

    /// Whether one question tries if it is back, for which all others wait.
    package var isProbing: Bool {
        if case .probing = breaker.state { true } else { false }
    }

    package mutating func beginPass() {
        asked = 0
        answered = 0
    }

    /// A question is about to be put.
    /// - Returns: false when none may be.
    package mutating func mayBePut(at now: Duration) -> Bool { breaker.permission(at: now) == .granted }

    package mutating func isPut() { asked += 1 }

    package mutating func hasAnswered() {
        answered += 1
        lastFailure = nil
        isFailing = false
        breaker.answered()
    }

    /// - Returns: whether it is not to be asked for a while now.
    package mutating func hasFailed(_ failure: QuestionFailure, at now: Duration) -> Bool {
        lastFailure = failure
        return breaker.failed(at: now)
    }

    /// The question was not heard after all.
    package mutating func hasLapsed(at now: Duration) { breaker.withdrawn(at: now) }

    package mutating func countsAsFailing() { isFailing = true }
}

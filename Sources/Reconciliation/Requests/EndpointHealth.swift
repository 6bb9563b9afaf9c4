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
    /// When the last connection broke that counts.
    private var brokenAt: Duration?

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

    /// Those that were under way together when connections broke have failed once: many share one connection by HTTP/2,
    /// and a server that is started anew ends all there are.
    /// - Parameter sentAt: when the request was.
    /// - Returns: whether it is not to be asked for a while now.
    package mutating func hasFailed(_ failure: QuestionFailure, sentAt: Duration, at now: Duration) -> Bool {
        lastFailure = failure
        if failure.brokeConnection, !isProbing {
            if let brokenAt, sentAt <= brokenAt { return false }
            brokenAt = now
        }
        return breaker.failed(at: now)
    }

    /// The question was not heard after all.
    package mutating func hasLapsed(at now: Duration) { breaker.withdrawn(at: now) }

    package mutating func countsAsFailing() { isFailing = true }
}

/// Stops asking a provider that does not answer, and tries again now and then with a single question.
///
///     closed ──threshold failures in a row──▶ open ──pause over──▶ probing ──answer──▶ closed
///                                              ▲                      │
///                                              └──failure, pause × 2──┘
package struct CircuitBreaker: Sendable {
    package enum State: Hashable, Sendable {
        case closed(failuresInARow: Int)
        case open(until: Duration, openings: Int)
        case probing(openings: Int)
    }

    package enum Permission: Hashable, Sendable {
        case granted
        case refused
    }

    package static let threshold = 5
    package static let firstPause = Duration.seconds(15)
    package static let longestPause = Duration.seconds(300)

    package private(set) var state: State = .closed(failuresInARow: 0)

    package init() {}

    /// Whether a question may be put now. While probing only the one that opened the probe may.
    package mutating func permission(at now: Duration) -> Permission {
        switch state {
        case .closed:
            return .granted
        case .open(let until, let openings) where now >= until:
            state = .probing(openings: openings)
            return .granted
        case .open, .probing:
            return .refused
        }
    }

    /// A question was answered.
    package mutating func answered() {
        state = .closed(failuresInARow: 0)
    }

    /// A question failed, for whatever reason: a provider that says "no" to everything is no provider either.
    /// - Returns: true when this failure opened it.
    package mutating func failed(at now: Duration) -> Bool {
        switch state {
        case .closed(let failures) where failures + 1 < Self.threshold:
            state = .closed(failuresInARow: failures + 1)
            return false
        case .closed:
            open(at: now, openings: 1)
            return true
        case .probing(let openings):
            open(at: now, openings: openings + 1)
            return true
        case .open:
            return false
        }
    }

    /// A question that was permitted has not been put after all: if it was the probe, another one may be.
    package mutating func withdrawn(at now: Duration) {
        if case .probing(let openings) = state { state = .open(until: now, openings: openings) }
    }

    private mutating func open(at now: Duration, openings: Int) {
        let doublings = min(openings - 1, 10)
        let pause = min(Self.firstPause * (1 << doublings), Self.longestPause)
        state = .open(until: now + pause, openings: openings)
    }
}

/// How many questions about messages fail, tries and all, between others that are answered: a provider that answers every
/// second question with nonsense is none, although no failures in a row show it.
///
/// Many in a row are told already where the endpoint counts as failing, as it does once `CircuitBreaker` opens. To
/// that, connections that break are few failures, which may cost many questions. A "no" is left to its message,
/// and 429 to `ThrottleRate`.
package struct AnswerRate: Sendable {
    /// Fewer failures, or fewer questions, say nothing.
    private static let fewest = 5
    /// A third of the questions.
    private static let tolerated = 3

    private var asked = 0
    private var failed = 0
    /// Failures since the endpoint's last answer.
    private var inARow: [Endpoint: Int] = [:]
    /// Those that have counted as failing since their last answer.
    private var told: Set<Endpoint> = []
    /// The last failure that counts.
    package private(set) var lastFailure: (endpoint: Endpoint, failure: QuestionFailure)?
    /// Whether so many failed when it was last judged.
    package private(set) var isBad = false

    package init() {}

    /// A question has been answered.
    package mutating func answered(_ endpoint: Endpoint) {
        let failures = inARow.removeValue(forKey: endpoint) ?? 0
        let isTold = told.remove(endpoint) != nil
        asked += 1
        guard !isTold || failures < CircuitBreaker.threshold else { return }
        asked += failures
        failed += failures
    }

    package mutating func countsAsFailing(_ endpoint: Endpoint) { told.insert(endpoint) }

    /// A question about a message that has not failed before was not answered.
    package mutating func failed(_ endpoint: Endpoint, _ failure: QuestionFailure) {
        switch failure.kind {
        case .unreachable, .refused, .nonsense:
            inARow[endpoint, default: 0] += 1
            lastFailure = (endpoint, failure)
        case .rejected, .rateLimited, .lapsed:
            break
        }
    }

    /// At the end of a pass. What is too little to be judged is counted on.
    package mutating func judge() {
        let isBad = failed * Self.tolerated >= asked
        guard isBad ? failed >= Self.fewest : asked >= Self.fewest else { return }
        self.isBad = isBad
        asked = 0
        failed = 0
    }
}

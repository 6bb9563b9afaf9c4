/// Decides who may ask the provider and when, and what answers and failures say of it. It performs nothing:
/// `ProviderClient` carries out what it says, and tells it what came of that.
///
///     join ─▶ step, step … ─▶ go ─▶ sent ─▶ answered, or failed        (one request; `leave` in any case)
///
/// Times are monotonic where they are durations.
package struct GateKeeper: Sendable {
    /// What somebody who wants to ask does next.
    package enum Step: Hashable, Sendable {
        /// Sends the request: its token is taken.
        case go
        /// Looks again later: others come first.
        case lookAgain(after: Duration)
        /// The same, and knows how long: for the rate, or for the provider's wish.
        case wait(Duration)
        /// Obtains access first. Nobody else does until `accessEnded`.
        case obtainAccess
        /// The endpoint is not being asked now.
        case no
    }

    /// What follows from what has happened.
    package enum Action: Hashable, Sendable {
        case nothing
        /// The health is told. It is no news at the first answer there is, but what an earlier process left firing must
        /// hear of it too.
        case tell(isNews: Bool)
        /// A question about no message is put, to see whether the provider answers at all: a "no" will do.
        case probe(Question)
    }

    package internal(set) var health: ProviderHealth
    /// Requests sent, retries included.
    package internal(set) var requests = 0
    /// Questions answered.
    package internal(set) var answers = 0
    package internal(set) var throttling = ThrottleRate()
    var answerRate = AnswerRate()
    package internal(set) var line: WaitingLine
    /// By `Endpoint.number`.
    var endpoints = [EndpointHealth](repeating: EndpointHealth(), count: Endpoint.allCases.count)
    private var isObtainingAccess = false

    package init(_ bucket: TokenBucket, health: ProviderHealth) {
        line = WaitingLine(bucket)
        self.health = health
    }

    package subscript(_ endpoint: Endpoint) -> EndpointHealth { endpoints[endpoint.number] }

    /// Whether a question put now may be asked, if need be after a probe under way has been answered, or after access
    /// has been obtained.
    package func isOpen(_ endpoint: Endpoint, _ access: Access, at now: Duration) -> Bool {
        guard endpoints[endpoint.number].pauseEnd(at: now) == nil else { return false }
        if endpoint == .token || isObtainingAccess { return true }
        return switch access {
        case .granted: true
        case .lacking: self[.token].pauseEnd(at: now) == nil
        case .withheld: false
        }
    }

    /// The provider wished, of a keeper before this one, not to be asked until then (monotonic time).
    package mutating func heed(pauseUntil end: Duration) { line.pause(until: end) }

    // MARK: Before a request

    package mutating func join(_ urgency: Urgency) { line.join(urgency) }

    package mutating func leave(_ urgency: Urgency) { line.leave(urgency) }

    package mutating func step(
        _ endpoint: Endpoint, _ urgency: Urgency, _ access: Access, at now: Duration
    ) -> Step {
        guard isOpen(endpoint, access, at: now) else { return .no }
        if endpoint != .token, access != .granted {
            guard !isObtainingAccess else { return .lookAgain(after: WaitingLine.lookAgain) }
            isObtainingAccess = true
            return .obtainAccess
        }
        if endpoints[endpoint.number].isProbing { return .lookAgain(after: WaitingLine.lookAgain) }
        switch line.turn(urgency, at: now) {
        case .behind(let pause): return .lookAgain(after: pause)
        case .wait(let pause): return .wait(pause)
        case .go: return endpoints[endpoint.number].mayBePut(at: now) ? .go : .no
        }
    }

    /// Obtaining access has ended.
    /// - Parameters:
    ///   - failure: why there is none; nil also where it was not asked for.
    ///   - time: wall clock.
    package mutating func accessEnded(_ failure: QuestionFailure?, at time: Timestamp) -> Action {
        isObtainingAccess = false
        // Nothing else can be asked, so there is no need for more failures.
        return failure.map { becomeFailing(.token, $0, at: time) } ?? .nothing
    }

    // MARK: How things stand

    /// What is wrong with the provider, for the log.
    package var lastFailure: QuestionFailure? {
        Endpoint.allCases.lazy.filter { !$0.isShortcut }.compactMap { self[$0].lastFailure }.first
    }

    /// When what fails is asked again; nil when nothing keeps that back.
    package func pauseEnd(_ access: Access, at now: Duration) -> Duration? {
        let ends = Endpoint.allCases.filter { self[$0].isFailing }.map { self[$0].pauseEnd(at: now) ?? now }
        // One of them is enough to go on, but none is asked without access, or before it is anybody's turn.
        let end = max(ends.min() ?? now, obstacleEnd(access, at: now) ?? now, line.pauseEnd(at: now) ?? now)
        return end > now ? end : nil
    }

    /// When access may be obtained; nil where there is some, or it may be now.
    private func obstacleEnd(_ access: Access, at now: Duration) -> Duration? {
        switch access {
        case .granted: nil
        case .lacking: self[.token].pauseEnd(at: now)
        case .withheld(let until): max(until, self[.token].pauseEnd(at: now) ?? until)
        }
    }

    mutating func becomeFailing(_ endpoint: Endpoint, _ failure: QuestionFailure, at time: Timestamp) -> Action {
        guard !endpoint.isShortcut else { return .nothing }
        endpoints[endpoint.number].countsAsFailing()
        let state = ProviderState(after: failure.kind)
        let cause: AlertCause? =
            switch endpoint {
            case .polling: failure.cause
            case .token where state == .rateLimited: .token
            default: nil
            }
        // What keeps nobody from asking takes no place of what does.
        guard cause != .polling || !failsOtherwiseThanByPolling else { return .nothing }
        let detail = "\(endpoint.rawValue): \(failure.detail)"
        let isNews = health.become(state, detail: detail, cause: cause, at: time)
        return isNews ? .tell(isNews: true) : .nothing
    }

    private var failsOtherwiseThanByPolling: Bool {
        Endpoint.allCases.contains { !$0.isShortcut && $0 != .polling && self[$0].isFailing }
    }
}

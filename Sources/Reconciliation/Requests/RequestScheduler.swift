/// Decides who may ask the provider and when, and what answers and failures say of it. It performs nothing:
/// `ProviderClient` carries out what it says, and tells it what came of that.
///
///     join ─▶ step, step … ─▶ go ─▶ sent ─▶ answered, or failed        (one request; `leave` in any case)
///
/// Times are monotonic where they are durations.
package struct RequestScheduler: Sendable {
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
        /// The same, with one try.
        case probeOnce(Question)
    }

    package private(set) var health: ProviderHealth
    /// Requests sent, retries included.
    package private(set) var requests = 0
    /// Questions answered.
    package private(set) var answers = 0
    package private(set) var throttling = ThrottleRate()
    private var answerRate = AnswerRate()
    package private(set) var line: RateLimiter
    /// By `Endpoint.number`.
    private var endpoints = [EndpointHealth](repeating: EndpointHealth(), count: Endpoint.allCases.count)
    private var isObtainingAccess = false

    package init(_ bucket: TokenBucket, health: ProviderHealth) {
        line = RateLimiter(bucket)
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

    package mutating func join(_ urgency: Priority) { line.join(urgency) }

    package mutating func leave(_ urgency: Priority) { line.leave(urgency) }

    package mutating func step(
        _ endpoint: Endpoint, _ urgency: Priority, _ access: Access, at now: Duration
    ) -> Step {
        guard isOpen(endpoint, access, at: now) else { return .no }
        if endpoint != .token, access != .granted {
            guard !isObtainingAccess else { return .lookAgain(after: RateLimiter.lookAgain) }
            isObtainingAccess = true
            return .obtainAccess
        }
        if endpoints[endpoint.number].isProbing { return .lookAgain(after: RateLimiter.lookAgain) }
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
        Endpoint.allCases.lazy.filter { !$0.isDispensable }.compactMap { self[$0].lastFailure }.first
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

    private mutating func becomeFailing(_ endpoint: Endpoint, _ failure: QuestionFailure, at time: Timestamp) -> Action
    {
        guard !endpoint.isDispensable else { return .nothing }
        endpoints[endpoint.number].countsAsFailing()
        answerRate.countsAsFailing(endpoint)
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
        Endpoint.allCases.contains { !$0.isDispensable && $0 != .polling && self[$0].isFailing }
    }
}

/// What a request says of the provider.
extension RequestScheduler {
    package mutating func sent(_ endpoint: Endpoint) {
        requests += 1
        endpoints[endpoint.number].isPut()
    }

    /// - Parameter time: wall clock.
    package mutating func answered(_ endpoint: Endpoint, at now: Duration, _ time: Timestamp) -> Action {
        throttling.note(isThrottled: false, at: now)
        if endpoint == .token { throttling.tokenGranted() }
        return noteAnswer(endpoint, at: now, time)
    }

    /// - Parameters:
    ///   - isProbe: about no message, so that a "no" is as good as an answer, and any other failure is the endpoint's.
    ///   - sentAt: when the request was.
    ///   - time: wall clock.
    package mutating func failed(
        _ endpoint: Endpoint, _ failure: QuestionFailure, isProbe: Bool, sentAt: Duration, at now: Duration,
        _ time: Timestamp, random: inout some RandomNumberGenerator
    ) -> Action {
        throttling.note(isThrottled: ProviderState(after: failure.kind) == .rateLimited, at: now)
        if case .rateLimited(let retryAfter) = failure.kind {
            if endpoint == .token { throttling.tokenThrottled(since: throttledSince, at: time) }
            line.throttled(retryAfter, sentAt: sentAt, at: now, random: &random)
        }
        switch failure.kind {
        case .lapsed:
            endpoints[endpoint.number].hasLapsed(at: now)
            return .nothing
        case .rejected where isProbe:
            return noteAnswer(endpoint, at: now, time)
        default:
            let isPaused = endpoints[endpoint.number].hasFailed(failure, sentAt: sentAt, at: now)
            // A key that may not poll is told at once: or else every answer to another question would end the alert
            // until the end of the pass.
            let mayNotPoll = endpoint == .polling && failure.kind == .refused
            return isPaused || isProbe || mayNotPoll ? becomeFailing(endpoint, failure, at: time) : .nothing
        }
    }

    /// The provider holds no batch ready, so none that waits for its acknowledgement: one that failed has taken effect
    /// all the same, or is of no use any more, and nothing will be asked about it again.
    /// - Parameter time: wall clock.
    package mutating func hasNoBatch(at time: Timestamp) -> Action {
        guard self[.pollingAck].isFailing else { return .nothing }
        endpoints[Endpoint.pollingAck.number].hasAnswered()
        guard isWell, health.become(.ok, detail: nil, at: time) else { return .nothing }
        return .tell(isNews: true)
    }

    /// A question has ended, after all its tries.
    /// - Parameter failure: nil when it was answered.
    package mutating func questionEnded(_ endpoint: Endpoint, _ failure: QuestionFailure?) {
        guard !endpoint.isDispensable else { return }
        if let failure { answerRate.failed(endpoint, failure) } else { answerRate.answered(endpoint) }
    }

    private mutating func noteAnswer(_ endpoint: Endpoint, at now: Duration, _ time: Timestamp) -> Action {
        line.accepted(at: now)
        endpoints[endpoint.number].hasAnswered()
        // A token is not yet an answer: what it is for can still be refused.
        guard endpoint != .token else { return .nothing }
        answers += 1
        guard isWell else { return .nothing }
        let isNews = health.become(.ok, detail: nil, at: time)
        return isNews || answers == 1 ? .tell(isNews: isNews) : .nothing
    }

    /// Since when tokens have not been granted for being asked for too often, as an earlier process may have left it.
    private var throttledSince: Timestamp? {
        health.state == .rateLimited && health.cause == .token ? health.since : nil
    }

    var isWell: Bool { !answerRate.isBad && !endpoints.contains(where: \.isFailing) }
}

/// What a pass says of the provider.
extension RequestScheduler {
    /// Begins to count anew what the end of the pass judges.
    package mutating func beginPass() {
        for index in endpoints.indices { endpoints[index].beginPass() }
    }

    /// Until then these endpoints are tried at the end of passes that asked nothing of them (monotonic time).
    package mutating func watch(_ watched: Set<Endpoint>, until end: Duration) {
        for endpoint in watched { endpoints[endpoint.number].watch(until: end) }
    }

    package mutating func endWatches(at now: Duration) {
        for index in endpoints.indices { endpoints[index].endWatch(at: now) }
    }

    /// The endpoints to be judged at the end of a pass, one after the other: those that were asked and answered nothing,
    /// and those that count as failing, or are watched, and were not asked.
    package var suspects: [Endpoint] {
        let suspects = Endpoint.allCases.filter { endpoint in
            let endpoint = self[endpoint]
            return endpoint.asked > 0 ? endpoint.answered == 0 : endpoint.isFailing || endpoint.isWatched
        }
        // An earlier process left it failing, and nothing was asked since.
        let isUntried = health.state != .ok && endpoints.allSatisfy { $0.asked == 0 && !$0.isFailing }
        return isUntried ? [.reportInquiry] : suspects
    }

    /// An endpoint that was asked and answered nothing is failing, even if its breaker had too few failures to open;
    /// where others answered, it is probed first, because the messages asked about may be to blame. One that was
    /// failing and was not asked is probed as well: others may answer all that there is to ask.
    /// - Parameter time: wall clock.
    package mutating func judge(_ suspect: Endpoint, at time: Timestamp) -> Action {
        let endpoint = self[suspect]
        guard endpoint.asked > 0 else { return suspect.probe.map(Action.probe) ?? .nothing }
        guard endpoint.answered == 0, !endpoint.isFailing, let failure = endpoint.lastFailure else { return .nothing }
        guard !suspect.isDispensable else { return judge(dispensable: failure) }
        if let probe = suspect.probe, endpoints.contains(where: { $0.answered > 0 }) { return .probe(probe) }
        return becomeFailing(suspect, failure, at: time)
    }

    /// One that only saves requests says nothing of the provider by failing; but where nothing else was asked, because the
    /// pass's time was over, nobody knows whether the provider answers at all.
    private func judge(dispensable failure: QuestionFailure) -> Action {
        // A token is not yet an answer.
        let others = Endpoint.allCases.filter { $0 != .token }
        let asksElsewhere = others.contains { !$0.isDispensable && self[$0].asked > 0 }
        let isHeard = failure.kind == .rejected || others.contains { self[$0].answered > 0 }
        return asksElsewhere || isHeard ? .nothing : .probeOnce(.reports(.probe))
    }

    /// What tries, whatever their pauses, the endpoints that count as failing while others answer.
    package mutating func lastProbes() -> [Question] {
        guard endpoints.contains(where: { $0.answered > 0 }) else { return [] }
        let failing = Endpoint.allCases.filter { self[$0].isFailing }
        for endpoint in failing { endpoints[endpoint.number].endPause() }
        return failing.compactMap(\.probe)
    }

    /// After all questions of a pass: whether too many of them failed, or no longer.
    /// - Parameter time: wall clock.
    package mutating func judgeAnswers(at time: Timestamp) -> Action {
        let wasBad = answerRate.isBad
        answerRate.judge()
        if answerRate.isBad, let (endpoint, failure) = answerRate.lastFailure {
            let detail = "\(endpoint.rawValue): \(failure.detail)"
            let isNews = health.become(ProviderState(after: failure.kind), detail: detail, at: time)
            return isNews ? .tell(isNews: true) : .nothing
        }
        guard wasBad, isWell, health.become(.ok, detail: nil, at: time) else { return .nothing }
        return .tell(isNews: true)
    }
}

extension Endpoint {
    /// A question about no message, to see whether the endpoint answers; nil where there is none.
    fileprivate var probe: Question? {
        switch self {
        case .reportInquiry: .reports(.probe)
        case .messageStatus: .channels(.probe)
        // A token is good for something only if it is taken.
        case .token: .reports(.probe)
        case .requestStatus, .history, .polling, .pollingAck, .send, .statistics, .senderProfile, .senderSanction: nil
        }
    }
}

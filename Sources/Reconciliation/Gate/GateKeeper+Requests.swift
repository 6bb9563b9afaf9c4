/// What a request says of the provider.
extension GateKeeper {
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
            let isPaused = endpoints[endpoint.number].hasFailed(failure, at: now)
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
        guard !endpoint.isShortcut else { return }
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

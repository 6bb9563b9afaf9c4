/// What a pass says of the provider.
extension GateKeeper {
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
        if let probe = suspect.probe, endpoints.contains(where: { $0.answered > 0 }) { return .probe(probe) }
        return becomeFailing(suspect, failure, at: time)
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
        case .requestStatus, .history, .polling, .pollingAck: nil
        }
    }
}

/// What a pass says of the provider.
extension GateKeeper {
    /// Begins to count anew what the end of the pass judges.
    package mutating func beginPass() {
        for index in endpoints.indices { endpoints[index].beginPass() }
    }

    /// The endpoints to be judged at the end of a pass, one after the other: those that were asked and answered nothing,
    /// and those that count as failing and were not asked.
    package var suspects: [Endpoint] {
        let suspects = Endpoint.allCases.filter { self[$0].asked > 0 ? self[$0].answered == 0 : self[$0].isFailing }
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

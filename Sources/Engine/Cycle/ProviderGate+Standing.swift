package import Reconciliation

/// How things stand at the gate.
extension ProviderGate {
    /// Requests sent, retries included.
    package var requests: Int { keeper.requests }
    /// Questions answered.
    package var answers: Int { keeper.answers }
    package var health: ProviderHealth { keeper.health }
    package var throttling: ThrottleRate { keeper.throttling }
    package var endpoints: Set<Endpoint> { provider.endpoints }
    package var canAskChannels: Bool { provider.canAskChannels }

    /// Whether a question put now may be asked, if need be after others have been answered.
    package func isOpen(_ endpoint: Endpoint) -> Bool { keeper.isOpen(endpoint, provider.access, at: time.uptime) }

    /// Whether the endpoint has answered in this pass.
    package func hasAnswered(_ endpoint: Endpoint) -> Bool { keeper[endpoint].answered > 0 }

    /// How polling, or the acknowledgement of what it fetched, fails; nil when they do not.
    var pollingState: ProviderState? {
        let failing = [Endpoint.polling, .pollingAck].first { keeper[$0].isFailing }
        return failing.flatMap { keeper[$0].lastFailure }.map { ProviderState(after: $0.kind) }
    }

    /// What went wrong last at an endpoint that has not answered since; nil when it has.
    package func lastFailure(of endpoint: Endpoint) -> QuestionFailure? { keeper[endpoint].lastFailure }

    /// What is wrong with the provider, for the log.
    package var lastFailure: QuestionFailure? { keeper.lastFailure }

    /// When what fails is asked again; nil when nothing keeps that back.
    package var retryAt: Timestamp? {
        keeper.pauseEnd(provider.access, at: time.uptime).map { time.now + ($0 - time.uptime) }
    }
}

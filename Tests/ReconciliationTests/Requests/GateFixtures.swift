import Reconciliation
import Support

/// A keeper at a moment of its own, with the fewest words for what tests feed it.
struct KeptGate {
    var keeper: RequestScheduler
    var access = Access.granted
    var now = Duration.seconds(1000)
    private var random = SeededGenerator(seed: 1)

    /// - Parameter health: as an earlier process left it.
    init(rate: Double = 1000, health: ProviderState = .ok) {
        self.init(rate: rate, health: ProviderHealth(state: health, since: Self.time))
    }

    init(rate: Double = 1000, health: ProviderHealth) {
        keeper = RequestScheduler(TokenBucket(ratePerSecond: rate, burst: 100, now: .zero), health: health)
    }

    static let time = Timestamp(seconds: 1_800_000_000)

    mutating func step(_ endpoint: Endpoint, _ urgency: Priority = .urgent) -> RequestScheduler.Step {
        keeper.join(urgency)
        defer { keeper.leave(urgency) }
        return keeper.step(endpoint, urgency, access, at: now)
    }

    @discardableResult
    mutating func answer(_ endpoint: Endpoint) -> RequestScheduler.Action {
        keeper.sent(endpoint)
        return keeper.answered(endpoint, at: now, Self.time)
    }

    @discardableResult
    mutating func fail(
        _ endpoint: Endpoint, _ kind: QuestionFailure.Kind = .unreachable, cause: AlertCause? = nil,
        isProbe: Bool = false, brokeConnection: Bool = false, at time: Timestamp = time
    ) -> RequestScheduler.Action {
        keeper.sent(endpoint)
        var failure = QuestionFailure(kind, "scripted", cause: cause)
        failure.brokeConnection = brokeConnection
        return keeper.failed(endpoint, failure, isProbe: isProbe, sentAt: now, at: now, time, random: &random)
    }

    /// Until the endpoint is not asked any more.
    mutating func exhaust(_ endpoint: Endpoint) {
        for _ in 0..<CircuitBreaker.threshold { fail(endpoint) }
    }

    var holdsRateLimited: Bool {
        keeper.throttling.observations(at: now).contains {
            if case .holds(AlertIdentity(.rateLimited), _, _) = $0 { true } else { false }
        }
    }

    mutating func judge(_ endpoint: Endpoint) -> RequestScheduler.Action { keeper.judge(endpoint, at: Self.time) }
}

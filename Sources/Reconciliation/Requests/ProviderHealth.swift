/// The provider as seen from here.
package enum ProviderState: String, Hashable, Sendable {
    case ok
    /// No answers: no connection, errors of its own, or nonsense.
    case unavailable
    /// It refuses the credentials or the address.
    case refused
    /// It answers nothing but 429.
    case rateLimited = "rate_limited"

    package init(after failure: QuestionFailure.Kind) {
        self =
            switch failure {
            case .refused, .lapsed: .refused
            case .rateLimited: .rateLimited
            case .unreachable, .nonsense, .rejected: .unavailable
            }
    }
}

/// The provider's state with its history of one step: since when, and what was wrong.
package struct ProviderHealth: Hashable, Sendable {
    package private(set) var state: ProviderState
    package private(set) var since: Timestamp
    /// The last failure's detail while not ok.
    package private(set) var detail: String?
    /// What is wrong more precisely.
    package private(set) var cause: AlertCause?
    /// When it last refused everything, as far as this process knows.
    private var refusedEverythingAt: Timestamp?
    /// How long it counts as refusing everything after it last did: a key that is taken now and then must not make
    /// people hear of each time that it is not.
    private static let longestDoubt = Duration.seconds(600)

    package init(
        state: ProviderState = .ok, since: Timestamp, detail: String? = nil, cause: AlertCause? = nil
    ) {
        self.state = state
        self.since = since
        self.detail = detail
        self.cause = cause
    }

    /// Whether messages can be asked about: a key that only may not fetch reports keeps nobody from that.
    package var takesQuestions: Bool { state == .ok || cause == .polling }

    /// - Returns: true when the state has changed, or what a refusal is about.
    package mutating func become(
        _ new: ProviderState, detail: String?, cause: AlertCause? = nil, at now: Timestamp
    ) -> Bool {
        if new == .refused, cause == nil { refusedEverythingAt = now }
        if new == .refused, cause != nil, isRefusingEverything(at: now) { return false }
        let before = (state, self.cause)
        (state, self.detail, self.cause) = (new, detail, cause)
        if state != before.0 { since = now }
        return (state, self.cause) != before
    }

    private func isRefusingEverything(at now: Timestamp) -> Bool {
        guard state == .refused, cause == nil, let refusedEverythingAt else { return false }
        return refusedEverythingAt <= now && now < refusedEverythingAt + Self.longestDoubt
    }

    /// What it means for the alerts. A provider that answers nothing but 429 is out of reach like any other; one that only
    /// gives no further token is not, and `ThrottleRate` tells of that.
    package var observations: [AlertObservation] {
        let unreachable = AlertIdentity(.providerUnreachable)
        let refused = AlertIdentity(.providerRefused)
        return switch state {
        case .rateLimited where cause == .token: []
        case .ok: [.over(unreachable), .over(refused)]
        case .unavailable, .rateLimited: [.over(refused), .holds(unreachable, detail: detail ?? state.rawValue)]
        case .refused: [.over(unreachable), .holds(refused, detail: detail ?? state.rawValue, cause: cause)]
        }
    }
}

/// Whether a provider lets us in.
package enum Access: Hashable, Sendable {
    case granted
    /// It has to be obtained first.
    case lacking
    /// It could not be obtained, and must not be tried again before then (monotonic time).
    case withheld(until: Duration)
}

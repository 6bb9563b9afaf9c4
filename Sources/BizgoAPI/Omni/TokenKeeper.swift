import Engine
import Reconciliation

/// Generation `omni`'s token: keeps it, and decides when another one is asked for. Asking too often gets 429, so it
/// is seldom: when there is none, when it has expired, once when it is refused, and after a pause when asking failed.
///
///     lacking ──granted──▶ held ──expired, refused──▶ lacking
///        │  ▲
///        ▼  └──pause over──┐
///      withheld ───────────┘
struct TokenKeeper: Sendable {
    enum State: Equatable, Sendable {
        /// → held, withheld
        case lacking
        /// → lacking, when `until` has come or the provider refuses it
        case held(Authorization, until: Duration)
        /// → lacking, when `until` has come; or held, when a request that was repeated at once brought a token after all
        case withheld(until: Duration)
    }

    /// What is to become of a question whose token was refused.
    enum Refusal: Equatable, Sendable {
        /// To be put again, with another token.
        case lapsed
        /// A new token would be refused as well.
        case final
    }

    /// A token that is refused is renewed once in so long at most.
    static let shortestRenewal = Duration.seconds(60)
    /// After a request in vain: when nobody answered, and when the answer was no.
    static let pauseUnanswered = Duration.seconds(15)
    static let pauseRefused = Duration.seconds(60)

    private(set) var state = State.lacking
    /// The next token replaces a refused one.
    private var isRenewal = false
    private var renewedAt: Duration?

    /// Whether a question can be put.
    func access(at now: Duration) -> Access {
        switch state {
        case .held(_, let until) where now < until: .granted
        case .withheld(let until) where now < until: .withheld(until: until)
        case .held, .withheld, .lacking: .lacking
        }
    }

    /// The token to put a question with; nil when there is none.
    func authorization(at now: Duration) -> Authorization? {
        if case .held(let authorization, let until) = state, now < until { authorization } else { nil }
    }

    /// A token was issued.
    mutating func granted(_ grant: TokenGrant, at now: Duration) {
        state = .held(grant.authorization, until: now + grant.usefulFor)
        if isRenewal { renewedAt = now }
        isRenewal = false
    }

    /// A request for a token failed.
    mutating func failed(_ failure: QuestionFailure.Kind, at now: Duration) {
        let pause =
            switch failure {
            case .unreachable: Self.pauseUnanswered
            case .rateLimited(let retryAfter): max(retryAfter ?? .zero, Self.pauseRefused)
            case .refused, .lapsed, .nonsense, .rejected: Self.pauseRefused
            }
        state = .withheld(until: now + pause)
    }

    /// The provider refused a question for the token it was put with.
    mutating func refused(_ authorization: Authorization, at now: Duration) -> Refusal {
        // Of many that were under way together the first has the token renewed.
        guard case .held(authorization, _) = state else { return .lapsed }
        if let renewedAt, now - renewedAt < Self.shortestRenewal { return .final }
        state = .lacking
        isRenewal = true
        return .lapsed
    }
}

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

/// What a request for a token brought: `data.schema`, `data.token`, `data.expired`.
struct TokenGrant: Equatable {
    var authorization: Authorization
    /// For how long it may be used.
    var usefulFor: Duration
}

extension TokenGrant {
    /// More than any server takes in a header.
    private static let longest = 8192

    /// - Throws: nonsense for what cannot go into a header.
    fileprivate init(_ content: JSONNode, at now: Timestamp) throws(QuestionFailure) {
        guard let schema = content.member("schema")?.text, let token = content.member("token")?.text,
            Self.isVisible(schema), Self.isVisible(token)
        else { throw QuestionFailure(.nonsense, "the answer holds no scheme and token of visible ASCII characters") }
        self.init(
            authorization: Authorization("\(schema) \(token)"),
            usefulFor: TokenExpiry.useful(content.member("expired")?.text, at: now))
    }

    private static func isVisible(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

extension Answer {
    /// The token that this is the answer with. Here a refusal is about the client's id and password, never a lapse, and
    /// so is any other "no": there is nothing else in the request.
    func grant(at now: Timestamp) throws(QuestionFailure) -> TokenGrant {
        let envelope: Envelope
        do throws(QuestionFailure) {
            envelope = try judged()
        } catch {
            guard error.kind == .rejected else { throw error.asRefusal }
            var refusal = error
            refusal.kind = .refused
            refusal.detail += ". \(generation.accessHint)"
            throw refusal
        }
        guard envelope.serviceCode?.meaning == .success,
            let content = JSONDocument(response.body)?.root.member("data"), content.isObject
        else { throw QuestionFailure(.nonsense, "the answer holds no token") }
        return try TokenGrant(content, at: now)
    }
}

/// `data.expired` of a token, which comes in more than one form (open: .github/PROVIDER.md).
enum TokenExpiry {
    /// How long a token is said to live.
    static let documentedLifetime = Duration.seconds(24 * 3600)
    /// What says that a token lives no longer is not believed: clocks differ, and to ask for tokens without end would
    /// be worse than a token that is refused.
    static let shortestLifetime = Duration.seconds(60)
    private static let longestMargin = Duration.seconds(300)

    /// For how long a token that was issued just now may be used: a margin less than it lives. What cannot be read or
    /// cannot be believed counts as the documented lifetime.
    static func useful(_ expired: String?, at now: Timestamp) -> Duration {
        var lifetime = documentedLifetime
        if let end = expired.flatMap(time), end - now >= shortestLifetime { lifetime = min(lifetime, end - now) }
        return lifetime - min(longestMargin, lifetime / 10)
    }

    /// ISO 8601, `yyyyMMddHHmmss`, seconds or milliseconds since 1970. A time without offset is Korean.
    static func time(_ text: String) -> Timestamp? {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber else { return Timestamp(iso8601: text, defaultOffset: KoreanTime.offset) }
        switch text.utf8.count {
        case 10: return Int64(text).map { Timestamp(seconds: $0) }
        case 13: return Int64(text).map { Timestamp(milliseconds: $0) }
        case 14: return Timestamp(iso8601: "\(text.prefix(8))T\(text.suffix(6))", defaultOffset: KoreanTime.offset)
        default: return nil
        }
    }
}

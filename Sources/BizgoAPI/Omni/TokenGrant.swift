import Engine
import Reconciliation

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

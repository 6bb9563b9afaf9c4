import Engine
import FoundationEssentials
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
    fileprivate init(_ content: TokenContent, at now: Timestamp) throws(QuestionFailure) {
        guard let schema = content.schema, let token = content.token, Self.isVisible(schema), Self.isVisible(token)
        else { throw QuestionFailure(.nonsense, "the answer holds no scheme and token of visible ASCII characters") }
        self.init(
            authorization: Authorization("\(schema) \(token)"),
            usefulFor: TokenExpiry.useful(content.expired, at: now))
    }

    private static func isVisible(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

extension Answer {
    /// The token that this is the answer with. Here a refusal is about the client's id and password, never a lapse.
    func grant(at now: Timestamp) throws(QuestionFailure) -> TokenGrant {
        let envelope: Envelope
        do throws(QuestionFailure) {
            envelope = try judged()
        } catch {
            throw error.asRefusal
        }
        guard envelope.serviceCode?.meaning == .success,
            let body = try? JSONDecoder().decode(TokenBody.self, from: Data(response.body))
        else { throw QuestionFailure(.nonsense, "the answer holds no token") }
        return try TokenGrant(body.data, at: now)
    }
}

private struct TokenBody: Decodable {
    let data: TokenContent
}

private struct TokenContent: Decodable {
    let schema: String?
    let token: String?
    let expired: String?

    private enum CodingKeys: String, CodingKey {
        case schema
        case token
        case expired
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = container.textOrNil(.schema)
        token = container.textOrNil(.token)
        expired = container.textOrNil(.expired)
    }
}

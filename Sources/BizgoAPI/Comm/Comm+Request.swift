import Engine
import Reconciliation

/// Generation `comm`: requests out, bytes in (api.md).
enum Comm {
    static let prefix = "/api/comm/v1"

    /// - Parameters:
    ///   - question: about a key that can be asked.
    ///   - key: the API key, sent as it is: a prefix as `Bearer` gets 401.
    static func request(for question: Question, baseURL: String, key: String) -> HTTPRequest {
        var base = baseURL[...]
        while base.hasSuffix("/") { base.removeLast() }
        let headers = [HTTPHeader("Authorization", key), HTTPHeader("Accept", "application/json")]
        return HTTPRequest(url: base + prefix + path(of: question), headers: headers)
    }

    private static func path(of question: Question) -> String {
        switch question {
        case .reports(let key): "/report/inquiry/" + PathSegment.encode(key.text)
        case .channels(let key): "/message/inquiry/msgKey/" + PathSegment.encode(key.text)
        }
    }
}

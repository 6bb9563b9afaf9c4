import Engine
import Reconciliation

/// Requests out (.github/PROVIDER.md, "Questions"). Paths are the same in both generations, as far as they have them, after the prefix.
extension Generation {
    /// A request to one path of the API.
    /// - Parameters:
    ///   - path: percent-encoded, with its query.
    ///   - authorization: in `comm` the key as it is: a prefix as `Bearer` gets 401.
    func request(
        _ path: String, method: HTTPRequest.Method = .get, baseURL: String, authorization: Authorization
    ) -> HTTPRequest {
        request(path, method: method, baseURL: baseURL, headers: [HTTPHeader("Authorization", authorization.header)])
    }

    /// A request for a token of generation `omni`.
    func tokenRequest(baseURL: String, clientID: String, password: String) -> HTTPRequest {
        request(
            "/auth/token", method: .post, baseURL: baseURL,
            headers: [HTTPHeader("X-IB-Client-Id", clientID), HTTPHeader("X-IB-Client-Passwd", password)])
    }

    private func request(
        _ path: String, method: HTTPRequest.Method, baseURL: String, headers: [HTTPHeader]
    ) -> HTTPRequest {
        var base = baseURL[...]
        while base.hasSuffix("/") { base.removeLast() }
        return HTTPRequest(
            method: method, url: base + prefix + path, headers: headers + [HTTPHeader("Accept", "application/json")])
    }

    /// - Parameter question: about a key or a send that can be asked about.
    static func path(of question: Question) -> String {
        switch question {
        case .reports(let key): "/report/inquiry/" + PathSegment.encode(key.text)
        case .channels(let key): "/message/inquiry/msgKey/" + PathSegment.encode(key.text)
        case .request(let id): "/message/inquiry/requestId/" + PathSegment.encode(id.text)
        }
    }

    static func path(of question: HistoryQuestion) -> String {
        // Korean time without an offset, by the documents.
        let time = question.requestTime.iso8601(offset: KoreanTime.offset).prefix(19)
        let cursor = question.cursor.map { "&lastSeq=\($0)" } ?? ""
        return "/message/history?requestTime=\(PathSegment.encode(String(time)))"
            + "&limit=\(HistoryQuestion.largestPage)\(cursor)"
    }

    static let pollingPath = "/report/polling"

    static func acknowledgePath(_ id: String) -> String {
        pollingPath + "/" + PathSegment.encode(id)
    }
}

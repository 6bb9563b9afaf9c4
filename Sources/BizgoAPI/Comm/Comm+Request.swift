import Engine
import Reconciliation

/// Generation `comm`: requests out, bytes in (api.md).
enum Comm {
    static let prefix = "/api/comm/v1"

    /// A request to one path of the API, with the key as it is: a prefix as `Bearer` gets 401.
    /// - Parameter path: percent-encoded, with its query.
    static func request(
        _ path: String, method: HTTPRequest.Method = .get, baseURL: String, key: String
    ) -> HTTPRequest {
        var base = baseURL[...]
        while base.hasSuffix("/") { base.removeLast() }
        let headers = [HTTPHeader("Authorization", key), HTTPHeader("Accept", "application/json")]
        return HTTPRequest(method: method, url: base + prefix + path, headers: headers)
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
        let time = question.requestTime.iso8601(offset: 9 * 3600).prefix(19)
        let cursor = question.cursor.map { "&lastSeq=\($0)" } ?? ""
        return "/message/history?requestTime=\(PathSegment.encode(String(time)))"
            + "&limit=\(HistoryQuestion.largestPage)\(cursor)"
    }

    static let pollingPath = "/report/polling"

    static func acknowledgePath(_ id: String) -> String {
        pollingPath + "/" + PathSegment.encode(id)
    }
}

import Engine
package import Reconciliation

/// The generations of the provider's API that can be spoken (`api.generation`). What they have in common, nearly all
/// of an answer, is written once; what tells them apart is here.
package enum Generation: Sendable {
    /// Current: a key, and an envelope of two layers.
    case comm
    /// v1, still deployed: a token for a client's id and password, and a flat envelope of the service's codes.
    case omni(clientID: String)

    /// What it has of the API.
    package var endpoints: Set<Endpoint> {
        switch self {
        case .comm: Set(Endpoint.allCases).subtracting([.token])
        case .omni: [.token, .reportInquiry, .polling, .pollingAck]
        }
    }

    var prefix: String {
        switch self {
        case .comm: "/api/comm/v1"
        case .omni: "/v1"
        }
    }

    /// Whether a gateway speaks before the service does.
    var hasGateway: Bool {
        switch self {
        case .comm: true
        case .omni: false
        }
    }

    /// Where to look when the provider lets nobody in.
    var accessHint: String {
        switch self {
        case .comm: "The key works only from the IP addresses registered for it"
        case .omni: "See api.client_id and api.client_password_file"
        }
    }

    /// - Returns: nil when the bytes are no JSON object. Of an object what is not as documented is left out.
    func envelope(in body: [UInt8]) -> Envelope? {
        guard let root = JSONDocument(body)?.root, root.isObject else { return nil }
        return switch self {
        // {"common":{"authCode","authResult","infobankTrId"},"data":{"code","result","data":…}}
        case .comm: Envelope(common: root.member("common"), service: root.member("data"))
        // {"code","result","data":…}
        case .omni: Envelope(common: nil, service: root)
        }
    }
}

/// Requests out (.github/PROVIDER.md, "Questions"). Paths are the same in both generations, as far as they have them, after the prefix.
extension Generation {
    /// A request to one path of the API.
    /// - Parameters:
    ///   - path: percent-encoded, with its query.
    ///   - authorization: in `comm` the key as it is: a prefix as `Bearer` gets 401.
    func request(
        _ path: String, method: HTTPRequest.Method = .get, body: [UInt8]? = nil, baseURL: String,
        authorization: Authorization
    ) -> HTTPRequest {
        var headers = [HTTPHeader("Authorization", authorization.header)]
        if body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
        var request = request(path, method: method, baseURL: baseURL, headers: headers)
        request.body = body
        return request
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

    static func path(of question: StatisticsQuestion) -> String {
        let serviceType = question.serviceType.map { "&serviceType=\(PathSegment.encode($0))" } ?? ""
        return "/message/statistics?startDate=\(question.days.lowerBound.compact)"
            + "&endDate=\(question.days.upperBound.compact)\(serviceType)"
    }

    static func profilePath(_ key: SenderKey) -> String {
        "/center/kakao/sender?senderKey=" + PathSegment.encode(key.text)
    }

    static func sanctionPath(_ key: SenderKey, on day: KoreanDay) -> String {
        "/center/kakao/abusing/block/sender?date=\(day.compact)&senderKey=" + PathSegment.encode(key.text)
    }

    static let sendPath = "/send/omni"

    static let pollingPath = "/report/polling"

    static func acknowledgePath(_ id: String) -> String {
        pollingPath + "/" + PathSegment.encode(id)
    }
}

/// A text as exactly one segment of a URL's path.
enum PathSegment {
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// Everything but RFC 3986's unreserved characters is percent-encoded, byte by byte in UTF-8. Says nothing of
    /// `.` and `..`, which no encoding makes harmless: see `MessageKey.canBeAsked`.
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The value of the header `Authorization`: generation `comm`'s key, or `omni`'s scheme and token. Printing,
/// interpolating or reflecting it shows nothing of it.
struct Authorization: Equatable, Sendable {
    let header: String

    init(_ header: String) {
        self.header = header
    }
}

extension Authorization: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "(secret)" }
    var debugDescription: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// What a request is for. The raw values are the names used in statistics and fault rules.
package enum Endpoint: String, Sendable, CaseIterable {
    /// `GET report/inquiry/{msgKey}`
    case reportInquiry = "report_inquiry"
    /// `GET message/inquiry/msgKey/{msgKey}`
    case messageStatus = "message_status"
    /// `GET message/inquiry/requestId/{requestId}`
    case requestStatus = "request_status"
    /// `GET message/history`
    case history
    /// `GET message/statistics`
    case statistics
    /// `GET center/kakao/sender`
    case senderProfile = "sender_profile"
    /// `GET center/kakao/abusing/block/sender`
    case senderSanction = "sender_sanction"
    /// `GET report/polling`
    case polling
    /// `DELETE report/polling/{reportId}`
    case pollingAck = "polling_ack"
    /// `POST send/omni`
    case send
    /// `POST auth/token`
    case token
    /// No such path.
    case unknown

    var method: String {
        switch self {
        case .send, .token: "POST"
        case .pollingAck: "DELETE"
        default: "GET"
        }
    }

    /// The endpoint of a path and what is named in its last segment, still percent-encoded.
    static func route(
        method: String, path: String
    ) -> (generation: Generation, endpoint: Endpoint, argument: Substring) {
        guard let generation = Generation.allCases.first(where: { path.hasPrefix($0.prefix) }) else {
            return (.comm, .unknown, "")
        }
        let rest = path[path.utf8.index(path.startIndex, offsetBy: generation.prefix.utf8.count)...]
        let (endpoint, argument) = route(method: method, rest: rest)
        return generation.has(endpoint) ? (generation, endpoint, argument) : (generation, .unknown, "")
    }

    private static func route(method: String, rest: Substring) -> (Endpoint, Substring) {
        if let key = argument(rest, "report/inquiry/") { return (.reportInquiry, key) }
        if let key = argument(rest, "message/inquiry/msgKey/") { return (.messageStatus, key) }
        if let key = argument(rest, "message/inquiry/requestId/") { return (.requestStatus, key) }
        if let key = argument(rest, "report/polling/") { return (.pollingAck, key) }
        switch rest {
        case "message/history": return (.history, "")
        case "message/statistics": return (.statistics, "")
        case "center/kakao/sender": return (.senderProfile, "")
        case "center/kakao/abusing/block/sender": return (.senderSanction, "")
        case "report/polling": return (.polling, "")
        case "send/omni": return (.send, "")
        case "auth/token": return (.token, "")
        default: return (.unknown, "")
        }
    }

    private static func argument(_ rest: Substring, _ prefix: String) -> Substring? {
        guard rest.hasPrefix(prefix) else { return nil }
        let argument = rest[rest.utf8.index(rest.startIndex, offsetBy: prefix.utf8.count)...]
        return argument.isEmpty || argument.utf8.contains(UInt8(ascii: "/")) ? nil : argument
    }
}

/// The generations of the API that are spoken, on the same port.
enum Generation: Sendable, CaseIterable {
    /// A key, and two layers around every answer.
    case comm
    /// A token for a client's id and password, and one flat layer. Inquiry and polling only.
    case omni

    var prefix: String {
        switch self {
        case .comm: "/api/comm/v1/"
        case .omni: "/v1/"
        }
    }

    func has(_ endpoint: Endpoint) -> Bool {
        switch self {
        case .comm: endpoint != .token
        case .omni: [.token, .reportInquiry, .polling, .pollingAck].contains(endpoint)
        }
    }
}

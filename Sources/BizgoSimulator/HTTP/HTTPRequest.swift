/// A request as it came off the wire.
package struct HTTPRequest: Sendable, Equatable {
    /// `GET`, …
    package var method: String
    /// The target up to `?`, still percent-encoded.
    package var path: String
    /// The target after `?`, still percent-encoded.
    package var query: String?
    /// The value of `Authorization`, without the space around it.
    package var authorization: String?
    /// The value of `X-IB-Client-Id`.
    package var clientID: String?
    /// The value of `X-IB-Client-Passwd`.
    package var clientPassword: String?
    /// Whether the connection stays open after the answer.
    package var keepAlive = true
    /// The body, whole.
    package var body: [UInt8] = []

    /// A request made by hand.
    package init(
        _ method: String, _ target: String, authorization: String? = nil, body: [UInt8] = [], keepAlive: Bool = true
    ) {
        self.method = method
        self.authorization = authorization
        self.body = body
        self.keepAlive = keepAlive
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
        }
    }

    /// The decoded value of a query parameter.
    func parameter(_ name: String) -> String? {
        guard let query else { return nil }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.first.map({ $0 == name }) == true else { continue }
            return PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
        }
        return nil
    }
}

/// One rule of the fault script: which requests, how often, and what happens to them.
package struct FaultRule: Sendable {
    /// Everything (`*`), an endpoint's name, a path prefix (begins with `/`), or a msgKey, requestId or reportId.
    package var match: String
    /// How many requests it applies to; nil = for ever.
    package var times: Int?
    /// How many matching requests pass before it begins.
    package var skip = 0
    /// The share of matching requests it applies to.
    package var share = 1.0
    /// What happens.
    package var kind: FaultKind
    /// HTTP status, where the kind has one.
    package var status: Int?
    /// The code of either layer.
    package var code: String?
    /// Whether `code` is the gateway's.
    package var isGatewayLayer = false
    /// See the kind.
    package var delayMilliseconds: Int?
    /// `Retry-After`, as written.
    package var retryAfter: String?
    /// See the kind.
    package var bytes: Int?
    /// See the kind.
    package var depth: Int?
    /// See the kind.
    package var location: String?
    /// See the kind.
    package var body: String?
    /// See the kind.
    package var raw = false

    /// A rule with the kind's defaults.
    package init(_ kind: FaultKind, match: String = "*", times: Int? = nil) {
        self.kind = kind
        self.match = match
        self.times = times
    }

    func matches(_ endpoint: Endpoint, _ path: String, _ argument: String?) -> Bool {
        if match == "*" || match == endpoint.rawValue || match == argument { return true }
        return match.hasPrefix("/") && path.hasPrefix(match)
    }
}

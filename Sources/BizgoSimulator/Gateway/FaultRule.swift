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

/// What can go wrong on demand. Raw values as in the control plane.
package enum FaultKind: String, Sendable, CaseIterable {
    /// An HTTP status with a fitting body: `status`, `code`, `layer`, `retry_after`.
    case status
    /// A code of the service or gateway layer: `code`, `layer`, `status` (default 200).
    case serviceCode = "service_code"
    /// The gateway refuses and `data` is missing: `code` (default A401), `status` (default 401).
    case authMissingData = "auth_missing_data"
    /// The right answer, `delay_ms` later.
    case delay
    /// The right answer, `bytes` (default 1) every `delay_ms` (default 100).
    case slow
    /// The connection is reset instead of an answer.
    case reset
    /// The connection is closed instead of an answer.
    case close
    /// The right answer, cut off in its body; `Content-Length` promises all of it.
    case truncate
    /// HTTP 200 with HTML; with `raw`, bytes that are not even HTTP.
    case garbage
    /// 302 to `location` (default: this server, where it is counted).
    case redirect
    /// A valid answer with `bytes` (default 20 MiB) of padding.
    case oversize
    /// The same, gzip: small on the wire.
    case gzipBomb = "gzip_bomb"
    /// Success, but about another message.
    case wrongKey = "wrong_key"
    /// HTTP 200 without a body.
    case emptyBody = "empty_body"
    /// JSON nested `depth` (default 10,000) deep.
    case deepJSON = "deep_json"
    /// HTTP `status` (default 200) with `body` as it is.
    case body

    /// Whether the request is carried out and its answer then spoiled.
    var spoilsRightAnswer: Bool {
        switch self {
        case .delay, .slow, .truncate: true
        default: false
        }
    }
}

/// The rules in force; the first that applies wins.
struct FaultScript: Sendable {
    private(set) var rules: [FaultRule] = []
    private var generator = SeededGenerator(seed: 7)

    init(_ rules: [FaultRule] = [], seed: UInt64 = 7) {
        self.rules = rules
        generator = SeededGenerator(seed: seed, stream: .max)
    }

    /// The fault for a request, if any; counts it.
    mutating func take(_ endpoint: Endpoint, path: String, argument: String?) -> FaultRule? {
        for index in rules.indices where rules[index].times != 0 && rules[index].matches(endpoint, path, argument) {
            if rules[index].skip > 0 {
                rules[index].skip -= 1
                continue
            }
            if rules[index].share < 1, generator.unit() >= rules[index].share { continue }
            rules[index].times = rules[index].times.map { $0 - 1 }
            return rules[index]
        }
        return nil
    }
}

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

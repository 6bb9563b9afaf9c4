/// Why bytes are not a request that can be answered; the status says so to the client.
package enum HTTPParseError: Error, Equatable {
    /// Not HTTP/1.x.
    case malformed
    /// Request line and headers are longer than allowed.
    case headersTooLong
    /// The body is longer than allowed.
    case bodyTooLong
    /// A body without `Content-Length`.
    case lengthRequired

    var status: Int {
        switch self {
        case .malformed: 400
        case .headersTooLong: 431
        case .bodyTooLong: 413
        case .lengthRequired: 411
        }
    }
}

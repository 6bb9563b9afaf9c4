/// What a connection is to do with a request: bytes, and how and when they go out.
struct Reply: Sendable {
    enum Ending: Sendable {
        /// The connection serves the next request.
        case keepAlive
        /// Closed in order once the bytes are out.
        case close
        /// Reset at once, bytes or not.
        case reset
    }

    /// Bytes trickle out, so many at a time.
    struct Drip: Sendable, Equatable {
        var bytes: Int
        var everyMilliseconds: Int
    }

    var bytes: [UInt8]
    var delayMilliseconds = 0
    var drip: Drip?
    var ending = Ending.keepAlive
    /// Whether it counts as in flight until it is out; requests to the control plane do not.
    var isCounted = true

    init(bytes: [UInt8], ending: Ending = .keepAlive) {
        self.bytes = bytes
        self.ending = ending
    }

    init(_ response: HTTPResponse, keepAlive: Bool) {
        bytes = response.encoded(keepAlive: keepAlive)
        ending = keepAlive ? .keepAlive : .close
    }
}

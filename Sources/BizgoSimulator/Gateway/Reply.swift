internal import Dispatch
internal import HTTP

/// What is to be done with a request: bytes, and how and when they go out.
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

    init(bytes: [UInt8], ending: Ending = .keepAlive) {
        self.bytes = bytes
        self.ending = ending
    }

    /// - Parameter request: nil for bytes that were none.
    init(_ response: ServerResponse, to request: ServerRequest?) {
        bytes = response.encoded(for: request)
        ending = request?.keepAlive == true ? .keepAlive : .close
    }

    /// Plays it, on the server's queue.
    func play(on exchange: HTTPExchange, _ queue: DispatchQueue) {
        guard delayMilliseconds > 0 else { return send(on: exchange, queue) }
        queue.asyncAfter(deadline: .now() + .milliseconds(delayMilliseconds)) { send(on: exchange, queue) }
    }

    private func send(on exchange: HTTPExchange, _ queue: DispatchQueue) {
        if ending == .reset { return exchange.reset() }
        if let drip { return trickle(drip, from: 0, on: exchange, queue) }
        exchange.send(bytes, then: ending == .close ? .close : .request)
    }

    private func trickle(_ drip: Drip, from start: Int, on exchange: HTTPExchange, _ queue: DispatchQueue) {
        let end = min(start + max(1, drip.bytes), bytes.count)
        guard end < bytes.count else {
            return exchange.send(Array(bytes[start...]), then: ending == .close ? .close : .request)
        }
        exchange.send(Array(bytes[start..<end]), then: .more)
        guard exchange.isOpen else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(drip.everyMilliseconds)) {
            trickle(drip, from: end, on: exchange, queue)
        }
    }
}

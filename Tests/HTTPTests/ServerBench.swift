import Dispatch
import Glibc
import Reconciliation
import Support

@testable import HTTP

/// A server on a queue of its own, and what it was asked. `/later` is answered when `release` is called, `/never` is let
/// go of; everything else is answered with its path, method and body.
final class ServerBench: HTTPServer.Handler, @unchecked Sendable {
    let queue = DispatchQueue(label: "server bench")
    private(set) var port: UInt16 = 0
    private var server: HTTPServer?
    private var requests: [ServerRequest] = []
    private var seen: [HTTPServer.Peer] = []
    private var held: [HTTPExchange] = []
    private var endings = 0
    private var isEmpty = false
    /// The peers that are known; nil for all of them.
    private var known: [IPAddress]?

    init(
        on address: HTTPServer.Address = .loopback(port: 0), known: [IPAddress]? = nil,
        _ change: (inout HTTPServer.Limits) -> Void = { _ in }
    ) throws {
        self.known = known
        var limits = HTTPServer.Limits()
        // No good request comes near to them, even where hundreds of other tests keep the machine busy.
        limits.requestTime = patience
        limits.idleTime = patience
        change(&limits)
        let server = HTTPServer(poller: SocketPoller(queue: queue), limits: limits, handler: self)
        self.server = server
        port = try queue.sync { try server.start(on: address) }
    }

    deinit {
        // The last to let go may be a connection, on that queue.
        if let server { queue.async { server.stop() } }
    }

    func stop() { queue.sync { server?.stop() } }

    /// Has it end when all is answered.
    func leave() { queue.sync { leaveOnQueue() } }

    /// The same, for whoever holds the queue.
    func leaveOnQueue() { server?.leave { self.isEmpty = true } }

    var hasLeft: Bool { queue.sync { isEmpty } }
    var peers: [HTTPServer.Peer] { queue.sync { seen } }

    var paths: [String] { queue.sync { requests.map(\.path) } }
    var ended: Int { queue.sync { endings } }
    var openConnections: Int { queue.sync { server?.openConnections ?? 0 } }

    /// Answers what was held back, the last one first.
    func release() {
        queue.sync {
            let exchanges = held
            held = []
            // What is pipelined behind one of them is asked within the call.
            for exchange in exchanges.reversed() { exchange.send(Self.echo(exchange.request)) }
        }
    }

    var heldCount: Int { queue.sync { held.count } }

    func accepted() {}

    func isKnown(_ peer: HTTPServer.Peer) -> Bool {
        guard let known else { return true }
        return if case .address(let address) = peer { known.contains(address) } else { true }
    }

    func ended(_ request: ServerRequest) { endings += 1 }
    func refusal(of flaw: RequestFlaw) -> ServerResponse { ServerResponse(status: flaw.status) }

    func answer(_ exchange: HTTPExchange) {
        requests.append(exchange.request)
        seen.append(exchange.peer)
        if exchange.request.path == "/never" { return }
        if exchange.request.path == "/later" {
            held.append(exchange)
        } else {
            exchange.send(Self.echo(exchange.request))
        }
    }

    private static func echo(_ request: ServerRequest) -> ServerResponse {
        ServerResponse(
            status: 200, body: Array("\(request.method) \(request.path) ".utf8) + request.body,
            contentType: "text/plain")
    }
}

/// A blocking client on a plain socket: it can send what no proper client would. Every call ends within `patience`.
final class PlainClient {
    let descriptor: Int32
    private var pending: [UInt8] = []
    /// Programs that other tests start must not keep the connection open.
    private static let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// - Parameters:
    ///   - host: where it connects to.
    ///   - source: an address of loopback to connect from.
    init(port: UInt16, host: String = "127.0.0.1", from source: String? = nil) {
        let isSix = host.contains(":")
        descriptor = socket(isSix ? AF_INET6 : AF_INET, Self.kind, 0)
        Self.limit(descriptor)
        let descriptor = descriptor
        if let source = source.flatMap({ IPAddress($0) }) {
            precondition(SocketAddress(source, 0).with { bind(descriptor, $0, $1) } == 0, "no such address")
        }
        let target = IPAddress(host).map { SocketAddress($0, port) }
        precondition(target?.with { connect(descriptor, $0, $1) } == 0, "nobody listens")
    }

    init(path: String) {
        descriptor = socket(AF_UNIX, Self.kind, 0)
        Self.limit(descriptor)
        let descriptor = descriptor
        let result = SocketAddress(path: path)?.with { connect(descriptor, $0, $1) }
        precondition(result == 0, "nobody listens")
    }

    deinit {
        close(descriptor)
    }

    private static func limit(_ descriptor: Int32) {
        var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next answer, as `status body`; what is left where the connection ended before it was whole.
    func answer() -> String {
        while true {
            let text = String(decoding: pending, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound]
                let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
                    .flatMap { Int($0.dropFirst(16)) }
                let whole = text[..<end.upperBound].utf8.count + (length ?? 0)
                if pending.count >= whole {
                    let body = String(decoding: pending[text[..<end.upperBound].utf8.count..<whole], as: UTF8.self)
                    pending.removeFirst(whole)
                    return body.isEmpty ? String(head.dropFirst(9).prefix(3)) : "\(head.dropFirst(9).prefix(3)) \(body)"
                }
            }
            guard read() else {
                defer { pending = [] }
                return text
            }
        }
    }

    /// Whether there is something to read, without waiting.
    var hasAnswer: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Waits for the other end to close; false where it answers instead, or does not.
    func isEnded() -> Bool {
        guard pending.isEmpty else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    private func read() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        pending += buffer[..<count]
        return true
    }
}

/// Waits, in real time, until the condition holds, or `patience` is at its end.
func inTime(_ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end {
        if condition() { return true }
        usleep(2000)
    }
    return condition()
}

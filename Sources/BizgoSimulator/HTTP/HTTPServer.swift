internal import Glibc

/// Accepts on 127.0.0.1 and hands whole requests to its owner. All of it runs on the poller's queue.
///
/// `@unchecked Sendable`: confined to that queue.
final class HTTPServer: @unchecked Sendable {
    let poller: SocketPoller
    /// Where every connection reads to; one is enough, as they read one after the other.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)

    private let onRequest: (HTTPRequest) -> Reply
    private let onMalformed: (HTTPParseError) -> Reply
    private let onConnection: () -> Void
    private let onFinished: () -> Void
    private var listener: StreamSocket?
    private var connections: [Int: HTTPConnection] = [:]
    private var accepted = 0

    init(
        poller: SocketPoller, onRequest: @escaping (HTTPRequest) -> Reply,
        onMalformed: @escaping (HTTPParseError) -> Reply, onConnection: @escaping () -> Void,
        onFinished: @escaping () -> Void
    ) {
        self.poller = poller
        self.onRequest = onRequest
        self.onMalformed = onMalformed
        self.onConnection = onConnection
        self.onFinished = onFinished
    }

    deinit {
        scratch.deallocate()
    }

    var openConnections: Int { connections.count }

    /// Listens and returns the port.
    func start(port: UInt16) throws(SimulatorError) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SimulatorError("no socket: \(SimulatorError.reason())") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        StreamSocket.makeNonBlocking(descriptor)
        let bound = StreamSocket.withLoopback(port: port) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 1024) == 0 else {
            let reason = SimulatorError.reason()
            Glibc.close(descriptor)
            throw SimulatorError("cannot listen on 127.0.0.1:\(port): \(reason); choose another port or 0 for any")
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        let listener = StreamSocket(descriptor, poller: poller)
        listener.start { [weak self] in self?.accept() }
        self.listener = listener
        return UInt16(bigEndian: address.sin_port)
    }

    func stop() {
        listener?.close()
        listener = nil
        for connection in connections.values { connection.close() }
    }

    // MARK: For its connections

    func answer(_ request: HTTPRequest) -> Reply { onRequest(request) }
    func answer(_ error: HTTPParseError) -> Reply { onMalformed(error) }
    func finished() { onFinished() }
    func forget(_ connection: HTTPConnection) { connections[connection.id] = nil }

    private func accept() {
        guard let listener else { return }
        while true {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else { return }
            StreamSocket.makeNonBlocking(descriptor)
            accepted += 1
            let connection = HTTPConnection(descriptor, id: accepted, server: self)
            connections[accepted] = connection
            connection.start()
            onConnection()
        }
    }
}

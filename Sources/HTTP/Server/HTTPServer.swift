// curl.h takes sys/socket.h with it: in an optimised build the names of that are then this module's, not Glibc's.
internal import CCurl
internal import Dispatch
internal import Glibc

/// A small and strict HTTP/1 server: it takes connections and hands whole requests, one after the other on each
/// connection, to its handler. It never talks TLS: it stands on this machine, or behind a proxy.
///
/// Everything runs on the poller's queue, and everything is to be called there.
/// `@unchecked Sendable`: confined to that queue.
package final class HTTPServer: @unchecked Sendable {
    package enum Address: Sendable {
        /// A port of 127.0.0.1; 0 for any free one.
        case loopback(port: UInt16)
        /// A socket in the file system. One that nobody listens on any more is replaced.
        case unix(path: String)
        /// A descriptor that listens already, as a service manager hands it on. The server closes it.
        case inherited(descriptor: Int32)
    }

    package struct Limits: Sendable {
        package var request = RequestLimits()
        /// From a request's first byte to its last; nil for no limit.
        package var requestTime: Duration? = .seconds(10)
        /// How long a connection is kept without a request, and a client may take nothing of an answer; nil for no limit.
        package var idleTime: Duration? = .seconds(60)
        /// Open at a time. Whoever comes then takes the place of one that is idle, or finds none.
        package var connections = 256

        package init() {}
    }

    package protocol Handler: AnyObject {
        /// A connection was accepted.
        func accepted()
        /// A request to be answered, now or later, through the exchange.
        func answer(_ exchange: HTTPExchange)
        /// What to say of bytes that are no request. The connection ends with it.
        func refusal(of flaw: RequestFlaw) -> ServerResponse
        /// The answer to a request is out, or its connection is gone.
        func ended(_ request: ServerRequest)
    }

    package struct StartError: Error, CustomStringConvertible {
        /// What is wrong and what to do about it.
        package var description: String
    }

    let poller: SocketPoller
    let limits: Limits
    /// Where every connection reads to; one is enough, as they read one after the other.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
    private(set) weak var handler: (any Handler)?

    private var listener: StreamSocket?
    private var ownPath: String?
    private var connections: [Int: HTTPConnection] = [:]
    private var accepted = 0
    private var timer: (any DispatchSourceTimer)?
    private var armed: DispatchTime?

    private static let backlog: Int32 = 1024
    private static let pauseWithoutDescriptors = DispatchTimeInterval.milliseconds(100)

    package init(poller: SocketPoller, limits: Limits = Limits(), handler: any Handler) {
        self.poller = poller
        self.limits = limits
        self.handler = handler
    }

    deinit {
        scratch.deallocate()
    }

    package var openConnections: Int { connections.count }

    /// Listens.
    /// - Returns: the port; 0 where there is none.
    package func start(on address: Address) throws(StartError) -> UInt16 {
        let descriptor: Int32
        switch address {
        case .loopback(let port): descriptor = try Self.listen(port: port)
        case .unix(let path):
            descriptor = try Self.listen(path: path)
            ownPath = path
        case .inherited(let inherited): descriptor = inherited
        }
        StreamSocket.makeNonBlocking(descriptor)
        let listener = StreamSocket(descriptor, poller: poller)
        listener.start { [weak self] in self?.accept() }
        self.listener = listener
        return Self.port(of: descriptor)
    }

    /// Closes the listener and every connection.
    package func stop() {
        listener?.close()
        listener = nil
        if let ownPath { unlink(ownPath) }
        ownPath = nil
        for connection in connections.values { connection.close() }
        timer?.cancel()
        timer = nil
        armed = nil
    }

    // MARK: For its connections

    func forget(_ connection: HTTPConnection) { connections[connection.id] = nil }

    /// Has `expire` of a connection called when its deadline has passed.
    func watch(until deadline: DispatchTime) {
        guard armed.map({ deadline < $0 }) ?? true else { return }
        armed = deadline
        let timer = timer ?? makeTimer()
        timer.schedule(deadline: deadline)
    }

    private func makeTimer() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: poller.queue)
        timer.setEventHandler { [weak self] in self?.elapsed() }
        timer.activate()
        self.timer = timer
        return timer
    }

    private func elapsed() {
        armed = nil
        let now = DispatchTime.now()
        for connection in connections.values where connection.deadline.map({ $0 <= now }) ?? false {
            connection.expire()
        }
        if let next = connections.values.compactMap(\.deadline).min() { watch(until: next) }
    }

    // MARK: Accepting

    private func accept() {
        while let listener {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { pauseAccepting() }
                return
            }
            StreamSocket.makeNonBlocking(descriptor)
            guard connections.count < limits.connections || makeRoom() else {
                Glibc.close(descriptor)
                continue
            }
            accepted += 1
            let connection = HTTPConnection(descriptor, id: accepted, server: self)
            connections[accepted] = connection
            connection.start()
            handler?.accepted()
        }
    }

    /// Closes a connection that is idle, the one that has been so for longest.
    private func makeRoom() -> Bool {
        let idle = connections.values.filter(\.isIdle)
        guard let oldest = idle.min(by: { $0.idleSince < $1.idleSince }) else { return false }
        oldest.close()
        return true
    }

    /// Without descriptors the listener would be ready for ever, and nothing could come of it.
    private func pauseAccepting() {
        listener?.setReading(false)
        poller.queue.asyncAfter(deadline: .now() + Self.pauseWithoutDescriptors) { [weak self] in
            self?.listener?.setReading(true)
        }
    }

    private static func listen(port: UInt16) throws(StartError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError(description: "no socket: \(reason())") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let bound = StreamSocket.withLoopback(port: port) { bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let reason = reason()
            Glibc.close(descriptor)
            throw StartError(
                description: "cannot listen on 127.0.0.1:\(port): \(reason); choose another port or 0 for any")
        }
        return descriptor
    }

    private static func listen(path: String) throws(StartError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError(description: "no socket: \(reason())") }
        let isBound = withAddress(ofUnix: path) { address, length in
            if bind(descriptor, address, length) == 0 { return true }
            // Connecting to a file that is no socket is refused, too.
            guard errno == EADDRINUSE, isSocket(path), connect(descriptor, address, length) < 0, errno == ECONNREFUSED
            else {
                errno = EADDRINUSE
                return false
            }
            unlink(path)
            return bind(descriptor, address, length) == 0
        }
        guard isBound == true, Glibc.listen(descriptor, backlog) == 0 else {
            let reason = isBound == nil ? "the path is too long" : reason()
            Glibc.close(descriptor)
            throw StartError(description: "cannot listen on \(path): \(reason); choose another path")
        }
        return descriptor
    }

    private static func isSocket(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFSOCK
    }

    /// - Returns: nil for a path that is too long for a socket's.
    static func withAddress<T>(ofUnix path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard path.utf8.count < target.count else { return false }
            target.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return result == 0 && address.sin_family == AF_INET ? UInt16(bigEndian: address.sin_port) : 0
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}

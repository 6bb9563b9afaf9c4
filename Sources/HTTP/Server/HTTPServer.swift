// curl.h takes sys/socket.h with it: in an optimised build the names of that are then this module's, not Glibc's.
internal import CCurl
internal import CSystem
internal import Dispatch
internal import Glibc
package import Reconciliation

/// A small and strict HTTP/1 server: it takes connections and hands whole requests, one after the other on each
/// connection, to its handler. It never talks TLS: it stands on this machine, or behind a proxy.
///
/// Everything runs on the poller's queue, and everything is to be called there.
/// `@unchecked Sendable`: confined to that queue.
package final class HTTPServer: @unchecked Sendable {
    package enum Address: Sendable {
        /// A port of 127.0.0.1; 0 for any free one.
        case loopback(port: UInt16)
        /// A port of an address of this machine; 0 for any free one.
        case port(IPAddress, UInt16)
        /// A socket in the file system, for its owner and group. One that nobody listens on any more is replaced.
        case unix(path: String)
        /// A descriptor that listens already, as a service manager hands it on. The server closes it.
        case inherited(descriptor: Int32)
    }

    /// Who is connected.
    package enum Peer: Hashable, Sendable {
        case address(IPAddress)
        /// Somebody on this machine, over a Unix socket.
        case unix
    }

    package struct Limits: Sendable {
        package var request = RequestLimits()
        /// From a request's first byte to its last; nil for no limit.
        package var requestTime: Duration? = .seconds(10)
        /// How long a connection is kept without a request, and a client may take nothing of an answer; nil for no limit.
        package var idleTime: Duration? = .seconds(60)
        /// What the first request of a connection may take to begin, when the server leaves.
        package var arrivalTime = Duration.milliseconds(500)
        /// Open at a time. Whoever comes then takes the place of one that is idle, or finds none.
        package var connections = 256
        /// Of those so many for whom the handler does not know. Whoever of them comes then takes the oldest's place.
        package var unknownConnections = 128

        package init() {}
    }

    package protocol Handler: AnyObject {
        /// Whether it is one of those that places are kept for.
        func isKnown(_ peer: Peer) -> Bool
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
        /// Somebody else listens there.
        package var isInUse = false

        package init(description: String, isInUse: Bool = false) {
            self.description = description
            self.isInUse = isInUse
        }
    }

    let poller: SocketPoller
    let limits: Limits
    /// Where every connection reads to; one is enough, as they read one after the other.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
    private(set) weak var handler: (any Handler)?

    private var listeners: [StreamSocket] = []
    private var ownPaths: [String] = []
    /// Called when it leaves and the last connection is gone.
    private var onEmpty: (@Sendable () -> Void)?
    private var connections: [Int: HTTPConnection] = [:]
    private var accepted = 0
    private var timer: (any DispatchSourceTimer)?
    private var armed: DispatchTime?

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

    /// Listens, on this address too.
    /// - Returns: the port; 0 where there is none.
    @discardableResult
    package func start(on address: Address) throws(StartError) -> UInt16 {
        let descriptor: Int32
        switch address {
        case .loopback(let port): descriptor = try ListeningSocket.open(.loopback, port)
        case .port(let address, let port): descriptor = try ListeningSocket.open(address, port)
        case .unix(let path):
            descriptor = try ListeningSocket.open(path: path)
            ownPaths.append(path)
        case .inherited(let inherited):
            try ListeningSocket.check(inherited)
            descriptor = inherited
        }
        StreamSocket.makeNonBlocking(descriptor)
        let listener = StreamSocket(descriptor, poller: poller)
        listener.start { [weak self, unowned listener] in self?.accept(from: listener) }
        listeners.append(listener)
        return SocketAddress.port(of: descriptor)
    }

    /// Whether it could listen there, as things are. Leaves everything as it was.
    package static func check(_ address: Address) throws(StartError) {
        switch address {
        case .loopback(let port): Glibc.close(try ListeningSocket.open(.loopback, port))
        case .port(let address, let port): Glibc.close(try ListeningSocket.open(address, port))
        case .unix(let path): try ListeningSocket.check(path: path)
        case .inherited(let descriptor): try ListeningSocket.check(descriptor)
        }
    }

    /// Closes every listener and every connection.
    package func stop() {
        closeListeners()
        onEmpty = nil
        for connection in connections.values { connection.close() }
        timer?.cancel()
        timer = nil
        armed = nil
    }

    /// Takes no further connection, answers what has come, and ends every connection with that. To be stopped after it.
    /// - Parameter onEmpty: called once, when the last one is gone.
    package func leave(_ onEmpty: @escaping @Sendable () -> Void) {
        // Who is in the queue of the listener was let in by the kernel.
        for listener in listeners { accept(from: listener) }
        closeListeners()
        for connection in connections.values { connection.leave() }
        if connections.isEmpty { onEmpty() } else { self.onEmpty = onEmpty }
    }

    private func closeListeners() {
        for listener in listeners { listener.close() }
        listeners = []
        for path in ownPaths { unlink(path) }
        ownPaths = []
    }

    // MARK: For its connections

    func forget(_ connection: HTTPConnection) {
        connections[connection.id] = nil
        guard connections.isEmpty, let onEmpty else { return }
        self.onEmpty = nil
        // Whoever is called may let go of the server, which the connection still works with.
        poller.queue.async(execute: onEmpty)
    }

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

    private func accept(from listener: StreamSocket) {
        while listener.isOpen {
            var peer = SocketAddress()
            let descriptor = peer.fill { bizgo_accept4(listener.descriptor, $0, $1, StreamSocket.flags) }
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { pause(listener) }
                return
            }
            let isKnown = handler?.isKnown(peer.peer) ?? false
            guard makeRoom(isKnown: isKnown) else {
                Glibc.close(descriptor)
                continue
            }
            accepted += 1
            let connection = HTTPConnection(
                descriptor, id: accepted, peer: peer.peer, isKnown: isKnown, server: self)
            connections[accepted] = connection
            connection.start()
            handler?.accepted()
        }
    }

    /// Unknown ones have no more than their share of places, and make room for each other, the oldest first. For known
    /// ones an unknown one has to go, or the known one that has been idle for longest.
    /// - Returns: whether there is a place.
    private func makeRoom(isKnown: Bool) -> Bool {
        let isFull = connections.count >= limits.connections
        guard isKnown else {
            let unknown = connections.values.filter { !$0.isKnown }
            guard isFull || unknown.count >= limits.unknownConnections else { return true }
            guard let oldest = unknown.min(by: { $0.id < $1.id }) else { return false }
            oldest.close()
            return true
        }
        guard isFull else { return true }
        let unknown = connections.values.filter { !$0.isKnown }.min { $0.id < $1.id }
        guard
            let leaving = unknown
                ?? connections.values.filter(\.isIdle).min(by: { $0.idleSince < $1.idleSince })
        else { return false }
        leaving.close()
        return true
    }

    /// Without descriptors the listener would be ready for ever, and nothing could come of it.
    private func pause(_ listener: StreamSocket) {
        listener.setReading(false)
        poller.queue.asyncAfter(deadline: .now() + Self.pauseWithoutDescriptors) { [weak listener] in
            listener?.setReading(true)
        }
    }
}

extension HTTPServer.Handler {
    /// For a server whose clients are all alike.
    package func isKnown(_ peer: HTTPServer.Peer) -> Bool { true }
}

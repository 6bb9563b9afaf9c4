internal import Dispatch
internal import Glibc

/// One request and the way back to whoever sent it. Whatever is called after the connection is gone, or after the
/// answer has ended, does nothing. One that is let go of without an answer takes its connection with it.
///
/// `@unchecked Sendable`: to be used on the server's queue; only references travel.
package final class HTTPExchange: @unchecked Sendable {
    /// What follows the bytes sent.
    package enum Next: Sendable {
        /// More of this answer.
        case more
        /// The connection serves the next request.
        case request
        /// The connection is closed in order once the bytes are out.
        case close
    }

    package let request: ServerRequest
    /// Who sent it.
    package let peer: HTTPServer.Peer
    /// Which of its connection's it is.
    fileprivate let number: Int
    private weak var connection: HTTPConnection?
    private var isAnswered = false

    fileprivate init(_ request: ServerRequest, number: Int, _ connection: HTTPConnection) {
        self.request = request
        self.number = number
        peer = connection.peer
        self.connection = connection
    }

    deinit {
        guard !isAnswered, let connection else { return }
        // Whoever lets go may be a task, on a thread of its own.
        connection.queue.async { [number] in connection.abandon(number) }
    }

    /// Whether somebody still waits for the answer.
    package var isOpen: Bool { connection?.isServing(number) == true }

    /// The whole answer.
    package func send(_ response: ServerResponse) {
        let isLast = !request.keepAlive || connection?.isDone == true
        var request = request
        request.keepAlive = !isLast
        send(response.encoded(for: request), then: isLast ? .close : .request)
    }

    /// Bytes of an answer as they are.
    package func send(_ bytes: [UInt8], then next: Next) {
        guard isOpen else { return }
        if case .more = next {} else { isAnswered = true }
        connection?.send(bytes, then: next)
    }

    /// Breaks the connection off.
    package func reset() {
        guard isOpen else { return }
        connection?.close(reset: true)
    }
}

/// One client. Requests are answered one after the other, in order; those pipelined behind wait in the parser.
///
/// `@unchecked Sendable`: confined to the server's queue.
final class HTTPConnection: @unchecked Sendable {
    let id: Int
    let peer: HTTPServer.Peer
    /// Whether the handler knows who it is; others have fewer places.
    let isKnown: Bool
    /// When it is to be given up, unless something happens before.
    private(set) var deadline: DispatchTime?
    private(set) var idleSince = DispatchTime.now()

    private let socket: StreamSocket
    private unowned let server: HTTPServer
    private var parser: RequestParser
    /// The request that is answered, by the number of its exchange.
    private var current: (number: Int, request: ServerRequest)?
    private var requests = 0
    private var output: [UInt8] = []
    private var written = 0
    private var next = HTTPExchange.Next.more
    private var isClosed = false
    /// No further request is taken.
    private var isEnding = false
    /// The end has been said; what still comes is thrown away.
    private var isDraining = false
    private var isInLoop = false
    private var isMidRequest = false
    /// Whether it ends with the request that is answered, or at once where there is none.
    private var isLeaving = false

    private static let pipelineLimit = 1024 * 1024
    private static let drainTime = DispatchTimeInterval.seconds(2)

    init(_ descriptor: Int32, id: Int, peer: HTTPServer.Peer, isKnown: Bool, server: HTTPServer) {
        self.id = id
        self.peer = peer
        self.isKnown = isKnown
        self.server = server
        parser = RequestParser(limits: server.limits.request)
        socket = StreamSocket(descriptor, poller: server.poller)
    }

    func start() {
        socket.start { [weak self] in self?.readable() }
        wait()
    }

    func close(reset: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        deadline = nil
        socket.close(reset: reset)
        server.forget(self)
        endExchange()
    }

    /// Whether it waits for a request of which nothing has come.
    var isIdle: Bool { current == nil && output.isEmpty && !isEnding && parser.isIdle }

    fileprivate var queue: DispatchQueue { server.poller.queue }

    fileprivate func isServing(_ number: Int) -> Bool { !isClosed && current?.number == number }

    /// Nobody will answer that request any more.
    fileprivate func abandon(_ number: Int) {
        if isServing(number) { close() }
    }

    /// Ends as soon as what has come is answered.
    func leave() {
        guard !isClosed, !isLeaving else { return }
        isLeaving = true
        // What lies unread in the socket would be lost.
        readable()
        guard isIdle else { return }
        // Who has just been let in has a request on the way.
        if requests == 0 { setDeadline(server.limits.arrivalTime) } else { finish() }
    }

    /// Whether it leaves, and nothing of another request has come.
    fileprivate var isDone: Bool { isLeaving && parser.isIdle }

    // MARK: Time

    /// The deadline has passed.
    func expire() {
        let isTooSlow = !isEnding && current == nil && output.isEmpty && !parser.isIdle
        if isTooSlow { refuse(.tooSlow) } else { close() }
    }

    /// Sets the deadline for what it waits for now. A request is not given more time for every byte.
    private func wait() {
        guard !isClosed, !isDraining else { return }
        if !output.isEmpty {
            setDeadline(server.limits.idleTime)
        } else if current != nil {
            setDeadline(nil)
        } else if parser.isIdle {
            if isLeaving { return finish() }
            idleSince = .now()
            setDeadline(server.limits.idleTime)
        } else if !isMidRequest {
            setDeadline(server.limits.requestTime)
            isMidRequest = true
            return
        } else {
            return
        }
        isMidRequest = false
    }

    private func setDeadline(_ time: Duration?) {
        deadline = time.map { .now() + .nanoseconds(Int($0 / .nanoseconds(1))) }
        if let deadline { server.watch(until: deadline) }
    }

    // MARK: In

    private func readable() {
        guard !isClosed else { return }
        let buffer = server.scratch
        let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, 0)
        if count < 0 {
            if errno != EAGAIN && errno != EINTR { close() }
            return
        }
        guard count > 0 else { return close() }
        guard !isEnding else { return }
        parser.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        if current == nil {
            serve()
        } else if parser.buffered > Self.pipelineLimit {
            close(reset: true)
        }
    }

    private func serve() {
        guard !isInLoop else { return }
        isInLoop = true
        defer { isInLoop = false }
        while current == nil, !isClosed, !isEnding {
            do throws(RequestFlaw) {
                guard let request = try parser.next() else { break }
                isMidRequest = false
                requests += 1
                let exchange = HTTPExchange(request, number: requests, self)
                current = (requests, request)
                if let handler = server.handler { handler.answer(exchange) } else { close() }
            } catch {
                refuse(error)
            }
        }
        if current == nil, !isEnding, parser.expectsContinue {
            parser.didContinue()
            write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
        wait()
    }

    private func refuse(_ flaw: RequestFlaw) {
        let response = server.handler?.refusal(of: flaw) ?? ServerResponse(status: flaw.status)
        isEnding = true
        next = .close
        write(response.encoded(for: nil))
    }

    // MARK: Out

    fileprivate func send(_ bytes: [UInt8], then next: HTTPExchange.Next) {
        self.next = next
        if next == .close { isEnding = true }
        write(bytes)
        if current == nil { serve() } else { wait() }
    }

    private func write(_ bytes: [UInt8]) {
        if output.isEmpty { output = bytes } else { output.append(contentsOf: bytes) }
        flush()
    }

    private func flush() {
        guard !isClosed else { return }
        while written < output.count {
            let sent = output.withUnsafeBytes { bytes in
                Glibc.send(
                    socket.descriptor, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL))
            }
            if sent < 0 {
                guard errno == EAGAIN || errno == EINTR else { return close() }
                socket.startWriting { [weak self] in
                    self?.flush()
                    self?.serve()
                }
                return wait()
            }
            written += sent
        }
        socket.stopWriting()
        output = []
        written = 0
        switch next {
        case .more: break
        case .request:
            next = .more
            endExchange()
        case .close:
            endExchange()
            finish()
        }
    }

    private func endExchange() {
        guard let request = current?.request else { return }
        current = nil
        server.handler?.ended(request)
    }

    /// Says "no more" first: closing with unread input would reset the connection and might take the answer with it.
    private func finish() {
        guard !isClosed, !isDraining else { return }
        isEnding = true
        isDraining = true
        shutdown(socket.descriptor, Int32(SHUT_WR))
        deadline = .now() + Self.drainTime
        server.watch(until: .now() + Self.drainTime)
    }
}

internal import Dispatch
internal import Glibc

/// One client. Requests are answered one after the other, in order; those pipelined behind wait in the parser.
///
/// `@unchecked Sendable`: confined to the server's queue.
final class HTTPConnection: @unchecked Sendable {
    private let socket: StreamSocket
    private unowned let server: HTTPServer
    private let queue: DispatchQueue
    private var parser = HTTPRequestParser()
    private var output: [UInt8] = []
    private var written = 0
    private var current: Reply?
    private var isClosed = false
    private var closesAfterOutput = false
    let id: Int

    private static let pipelineLimit = 1024 * 1024

    init(_ descriptor: Int32, id: Int, server: HTTPServer) {
        self.id = id
        self.server = server
        queue = server.poller.queue
        socket = StreamSocket(descriptor, poller: server.poller)
    }

    func start() {
        socket.start { [weak self] in self?.readable() }
    }

    func close(reset: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        if current?.isCounted == true { server.finished() }
        current = nil
        socket.close(reset: reset)
        server.forget(self)
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
        if closesAfterOutput { return }
        parser.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        if current != nil {
            if parser.buffered > Self.pipelineLimit { close(reset: true) }
        } else {
            serve()
        }
    }

    private func serve() {
        while current == nil, !isClosed, !closesAfterOutput {
            do throws(HTTPParseError) {
                guard let request = try parser.next() else {
                    if parser.expectsContinue {
                        parser.didContinue()
                        write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
                    }
                    return
                }
                begin(server.answer(request))
            } catch {
                begin(server.answer(error))
            }
        }
    }

    // MARK: Out

    private func begin(_ reply: Reply) {
        current = reply
        guard reply.delayMilliseconds > 0 else { return send(reply) }
        queue.asyncAfter(deadline: .now() + .milliseconds(reply.delayMilliseconds)) { [weak self] in
            guard let self, !isClosed else { return }
            send(reply)
            serve()
        }
    }

    private func send(_ reply: Reply) {
        if reply.ending == .reset { return close(reset: true) }
        if let drip = reply.drip { return trickle(drip, from: 0) }
        if reply.ending == .close { closesAfterOutput = true }
        write(reply.bytes)
    }

    private func trickle(_ drip: Reply.Drip, from: Int) {
        guard !isClosed, let current else { return }
        let end = min(from + max(1, drip.bytes), current.bytes.count)
        let isLast = end == current.bytes.count
        if isLast, current.ending == .close { closesAfterOutput = true }
        // Not done before the last byte: `flushed` would take the next request otherwise.
        write(Array(current.bytes[from..<end]), isLast: isLast)
        guard !isLast else { return serve() }
        queue.asyncAfter(deadline: .now() + .milliseconds(drip.everyMilliseconds)) { [weak self] in
            self?.trickle(drip, from: end)
        }
    }

    private var outputIsLast = true

    private func write(_ bytes: [UInt8], isLast: Bool = true) {
        outputIsLast = isLast
        if output.isEmpty {
            output = bytes
            written = 0
        } else {
            output.append(contentsOf: bytes)
        }
        flush()
    }

    private func flush() {
        guard !isClosed else { return }
        while written < output.count {
            let sent = output.withUnsafeBytes { bytes in
                Glibc.send(
                    socket.descriptor, bytes.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL)
                )
            }
            if sent < 0 {
                guard errno == EAGAIN || errno == EINTR else { return close() }
                return socket.startWriting { [weak self] in
                    self?.flush()
                    self?.serve()
                }
            }
            written += sent
        }
        socket.stopWriting()
        output = []
        written = 0
        flushed()
    }

    private func flushed() {
        guard outputIsLast else { return }
        if current?.isCounted == true { server.finished() }
        current = nil
        if closesAfterOutput { finish() }
    }

    /// Says "no more" first: closing with unread input would reset the connection and might take the answer with it.
    private func finish() {
        shutdown(socket.descriptor, Int32(SHUT_WR))
        let buffer = server.scratch
        while recv(socket.descriptor, buffer.baseAddress, buffer.count, 0) > 0 {}
        close()
    }
}

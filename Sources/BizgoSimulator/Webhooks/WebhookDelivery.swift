internal import Dispatch
internal import Glibc

/// One attempt to deliver one webhook over a connection of its own.
///
/// `@unchecked Sendable`: confined to the simulator's queue.
final class WebhookDelivery: @unchecked Sendable {
    private let message: WebhookMessage
    private let target: WebhookTarget
    private let request: [UInt8]
    private let timeoutMilliseconds: Int64
    private let poller: SocketPoller
    private var onEnd: ((Bool) -> Void)?
    private var socket: StreamSocket?
    private var written = 0
    private var response: [UInt8] = []

    private static let responseLimit = 64 * 1024

    init(
        _ message: WebhookMessage, target: WebhookTarget, request: [UInt8], timeoutMilliseconds: Int64,
        poller: SocketPoller, onEnd: @escaping (Bool) -> Void
    ) {
        self.message = message
        self.target = target
        self.request = request
        self.timeoutMilliseconds = timeoutMilliseconds
        self.poller = poller
        self.onEnd = onEnd
    }

    func start() {
        poller.queue.asyncAfter(deadline: .now() + .milliseconds(Int(timeoutMilliseconds))) { [weak self] in
            self?.end(false)
        }
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return fail() }
        StreamSocket.makeNonBlocking(descriptor)
        let connected = StreamSocket.withLoopback(port: target.port) { connect(descriptor, $0, $1) }
        guard connected == 0 || errno == EINPROGRESS else {
            Glibc.close(descriptor)
            return fail()
        }
        let socket = StreamSocket(descriptor, poller: poller)
        self.socket = socket
        socket.start { [weak self] in self?.readable() }
        socket.startWriting { [weak self] in self?.writable() }
    }

    /// Ends without telling anybody.
    func cancel() {
        onEnd = nil
        end(false)
    }

    /// Not from within `start`: the owner has not noted the delivery yet.
    private func fail() {
        poller.queue.async { [weak self] in self?.end(false) }
    }

    private func writable() {
        guard let socket else { return }
        while written < request.count {
            let sent = request.withUnsafeBytes {
                send(socket.descriptor, $0.baseAddress! + written, $0.count - written, Int32(MSG_NOSIGNAL))
            }
            if sent < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                return end(false)
            }
            written += sent
        }
        socket.stopWriting()
    }

    private func readable() {
        guard let socket else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket.descriptor, &buffer, buffer.count, 0)
        if count < 0 {
            if errno != EAGAIN && errno != EINTR { end(message.isAcknowledged(by: response)) }
            return
        }
        response += buffer[..<max(0, count)]
        let isWhole = count == 0 || WebhookMessage.isComplete(response) || response.count > Self.responseLimit
        if isWhole { end(message.isAcknowledged(by: response)) }
    }

    private func end(_ isAcknowledged: Bool) {
        socket?.close()
        socket = nil
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?(isAcknowledged)
    }
}

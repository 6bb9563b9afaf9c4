internal import Dispatch
internal import Glibc
internal import HTTP

/// Sends matured reports, some at a time, and retries those not acknowledged.
///
/// `@unchecked Sendable`: confined to the simulator's queue.
final class WebhookDispatcher: @unchecked Sendable {
    private struct Job {
        var message: WebhookMessage
        var attempt = 0
    }

    private let poller: SocketPoller
    private let clock: @Sendable () -> Int64
    private let count: ((inout WebhookStatistics) -> Void) -> Void
    private var waiting: [Job] = []
    private var next = 0
    private var underWay: [Int: WebhookDelivery] = [:]
    private var deliveries = 0
    private var isStopped = false
    private var configuration = WebhookConfiguration()

    /// `clock` gives milliseconds since 1970 for signatures; `count` lets it write into the statistics.
    init(
        poller: SocketPoller, clock: @escaping @Sendable () -> Int64,
        count: @escaping ((inout WebhookStatistics) -> Void) -> Void
    ) {
        self.poller = poller
        self.clock = clock
        self.count = count
    }

    /// Takes a report that matured.
    func dispatch(_ report: ReportView, _ configuration: SimulatorConfiguration) {
        self.configuration = configuration.webhook
        let fate = WebhookFate(report, configuration.webhook, seed: configuration.seed)
        let isLost = fate.isLost || configuration.webhook.url == nil
        count {
            $0.reports += 1
            $0.lost += isLost ? 1 : 0
            $0.repeated += !isLost && fate.isRepeated ? 1 : 0
            $0.delayed += !isLost && fate.isDelayed ? 1 : 0
        }
        guard !isLost else { return }
        let job = Job(message: WebhookMessage(report, textField: configuration.reportTextField))
        for delay in fate.sendings { enqueue(job, after: delay) }
    }

    func stop() {
        isStopped = true
        waiting = []
        next = 0
        for delivery in underWay.values { delivery.cancel() }
        underWay = [:]
    }

    private func enqueue(_ job: Job, after milliseconds: Int64) {
        if milliseconds <= 0 {
            waiting.append(job)
            return sendSome()
        }
        poller.queue.asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds))) { [weak self] in
            guard let self, !isStopped else { return }
            waiting.append(job)
            sendSome()
        }
    }

    private func sendSome() {
        while !isStopped, underWay.count < configuration.maxInFlight, next < waiting.count {
            let job = waiting[next]
            next += 1
            send(job)
        }
        if next == waiting.count || next > 4096 {
            waiting.removeFirst(next)
            next = 0
        }
    }

    private func send(_ job: Job) {
        guard let target = configuration.url.flatMap(WebhookTarget.init) else { return }
        deliveries += 1
        let id = deliveries
        count { $0.attempts += 1 }
        let delivery = WebhookDelivery(
            job.message, target: target, request: job.message.request(target, configuration, now: clock()),
            timeoutMilliseconds: configuration.timeoutMilliseconds, poller: poller
        ) { [weak self] isAcknowledged in self?.finished(id, job, isAcknowledged) }
        underWay[id] = delivery
        delivery.start()
    }

    private func finished(_ id: Int, _ job: Job, _ isAcknowledged: Bool) {
        underWay[id] = nil
        let isLast = job.attempt >= configuration.retries
        count {
            $0.acknowledged += isAcknowledged ? 1 : 0
            $0.failures += isAcknowledged ? 0 : 1
            $0.abandoned += !isAcknowledged && isLast ? 1 : 0
        }
        if !isAcknowledged, !isLast {
            var again = job
            again.attempt += 1
            enqueue(again, after: max(1, configuration.retryMilliseconds))
        }
        sendSome()
    }
}

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
        let descriptor = StreamSocket.make(AF_INET)
        guard descriptor >= 0 else { return fail() }
        StreamSocket.makeNonBlocking(descriptor)
        let connected = StreamSocket.connect(descriptor, toLoopback: target.port)
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

internal import Dispatch
internal import Glibc
package import HTTP

/// The provider Bizgo on 127.0.0.1: the pure ``Gateway`` behind an HTTP server, a clock and a webhook sender.
///
/// All methods may be called from any thread, but not from the simulator's own queue.
/// `@unchecked Sendable`: every member that changes is touched on `queue` only.
package final class Simulator: HTTPServer.Handler, @unchecked Sendable {
    private let queue = DispatchQueue(label: "bizgo-simulator")
    private let clock: @Sendable () -> Int64
    private var gateway: Gateway
    private var server: HTTPServer?
    private var webhooks: WebhookDispatcher?
    private var timer: (any DispatchSourceTimer)?
    private var timerAt: Int64?

    /// A provider not yet listening. `clock` gives microseconds since 1970; the default is the machine's.
    package init(
        configuration: SimulatorConfiguration = SimulatorConfiguration(),
        clock: @escaping @Sendable () -> Int64 = Simulator.machineClock
    ) {
        gateway = Gateway(configuration: configuration)
        self.clock = clock
    }

    /// Listens, and returns the port.
    package func start() throws(SimulatorError) -> UInt16 {
        let result = queue.sync { () -> Result<UInt16, SimulatorError> in
            do throws(SimulatorError) { return .success(try open()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Closes the listener and every connection; webhooks under way are dropped. What was counted stays.
    package func stop() {
        queue.sync {
            server?.stop()
            server = nil
            webhooks?.stop()
            webhooks = nil
            timer?.cancel()
            timer = nil
            timerAt = nil
        }
    }

    // MARK: Control

    /// Reads or changes anything: messages, faults, configuration, statistics.
    package func withGateway<Value>(_ body: (inout Gateway) throws -> Value) rethrows -> Value {
        try queue.sync {
            defer { scheduleReports() }
            return try body(&gateway)
        }
    }

    /// Puts messages in; those with a known key replace what was planned.
    package func load(_ plans: [MessagePlan]) {
        withGateway { $0.model.load(plans) }
    }

    /// Sends as the application would, without HTTP and without limits.
    @discardableResult
    package func send(_ request: SendRequest) -> [SendRequest.Result] {
        withGateway { gateway in gateway.model.send(request, now: clock() / 1000 + gateway.clockOffset) }
    }

    /// Suspends the account from now on, or restores it.
    package func setSuspended(_ isSuspended: Bool) {
        withGateway { gateway in
            gateway.model.suspendedSince = isSuspended ? clock() / 1000 + gateway.clockOffset : nil
        }
    }

    /// Replaces the fault script.
    package func setFaults(_ rules: [FaultRule]) {
        withGateway { $0.setFaults(rules) }
    }

    /// Changes how it behaves.
    package func configure(_ change: (inout SimulatorConfiguration) -> Void) {
        withGateway { change(&$0.configuration) }
    }

    /// What was seen so far.
    package var statistics: SimulatorStatistics { withGateway { $0.statistics } }

    /// Forgets what was seen.
    package func resetStatistics() {
        withGateway { $0.resetStatistics() }
    }

    /// The truth about every message.
    package var plans: [MessagePlan] { withGateway { $0.model.plans } }

    /// Microseconds since 1970.
    package static let machineClock: @Sendable () -> Int64 = { read(CLOCK_REALTIME) }

    // MARK: On the queue

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    private func now() -> Moment {
        let wall = clock()
        return Moment(
            provider: wall / 1000 + gateway.clockOffset, wall: wall, monotonic: Self.read(CLOCK_MONOTONIC))
    }

    private func open() throws(SimulatorError) -> UInt16 {
        guard server == nil else { throw SimulatorError("the simulator listens already; stop it first") }
        let clock = clock
        let poller = SocketPoller(queue: queue, lingerMilliseconds: Self.lingerMilliseconds)
        webhooks = WebhookDispatcher(poller: poller, clock: { clock() / 1000 }) { [unowned self] change in
            change(&gateway.statistics.webhooks)
        }
        let server = HTTPServer(poller: poller, limits: Self.limits, handler: self)
        do throws(HTTPServer.StartError) {
            let port = try server.start(on: .loopback(port: gateway.configuration.port))
            self.server = server
            scheduleReports()
            return port
        } catch {
            throw SimulatorError(error.description)
        }
    }

    /// Bulk loads are long, and nobody is hurried: what is tested waits for itself.
    private static var limits: HTTPServer.Limits {
        var limits = HTTPServer.Limits()
        limits.request.bodyBelow = ["/_sim/": 512 * 1024 * 1024]
        limits.request.takesChunks = false
        limits.requestTime = nil
        limits.idleTime = nil
        limits.connections = .max
        return limits
    }

    private static let lingerMilliseconds: Int32 = 1

    package func accepted() {
        gateway.statistics.connections += 1
    }

    package func answer(_ exchange: HTTPExchange) {
        gateway.answer(exchange.request, at: now()).play(on: exchange, queue)
        scheduleReports()
    }

    package func refusal(of flaw: RequestFlaw) -> ServerResponse { gateway.refusal(of: flaw) }

    package func ended(_ request: ServerRequest) {
        if !Gateway.isControl(request) { gateway.statistics.inFlight -= 1 }
    }

    /// Sets the one timer to when the next report matures. Nothing to do for nearly every request.
    private func scheduleReports() {
        guard server != nil, let at = gateway.model.nextAnnouncementAt else { return }
        let machineAt = at - gateway.clockOffset
        if let timerAt, timerAt <= machineAt { return }
        timer?.cancel()
        let timer = DispatchSource.makeTimerSource(queue: queue)
        let delay = max(0, machineAt - clock() / 1000)
        timer.schedule(deadline: .now() + .milliseconds(Int(clamping: delay)))
        timer.setEventHandler { [weak self] in self?.reportsMatured() }
        timer.resume()
        self.timer = timer
        timerAt = machineAt
    }

    private func reportsMatured() {
        timer?.cancel()
        timer = nil
        timerAt = nil
        // Some at a time, so that requests are answered between them.
        for report in gateway.model.takeMatured(now: now().provider, limit: 500) {
            webhooks?.dispatch(report, gateway.configuration)
        }
        scheduleReports()
    }
}

/// Something the simulator cannot do, in a sentence that says what to do about it.
package struct SimulatorError: Error, CustomStringConvertible, Equatable {
    /// The sentence.
    package var description: String

    /// Wraps a sentence.
    package init(_ description: String) {
        self.description = description
    }
}

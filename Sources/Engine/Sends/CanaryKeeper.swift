package import Reconciliation

/// Sends canaries, and finds out whether they were reported delivered in time.
@EventLoop
package final class CanaryKeeper {
    package struct Configuration: Sendable {
        package var request: SendRequest
        package var serviceType: String?
        package var every: Duration
        package var within: Duration

        package init(request: SendRequest, serviceType: String?, every: Duration, within: Duration) {
            self.request = request
            self.serviceType = serviceType
            self.every = every
            self.within = within
        }
    }

    /// Nil where none are sent.
    private let configuration: Configuration?
    private let ledger: any SendLedger
    private let client: ProviderClient
    private let time: any Timekeeper
    private let log: any Log
    /// Called when a canary is to be sent.
    package var onBegin: (@EventLoop () -> Void)?
    private let onVerdict: @EventLoop () -> Void
    private var random: any RandomNumberGenerator
    private var isBusy = false
    private var hasEnded = false
    private var isDraining = false
    private var lookAgainAt: Duration = .zero
    private var work: Task<Void, Never>?

    /// How often `look` is to be called; nil where none are sent, and the end of a cycle is often enough.
    package var pause: Duration? {
        configuration.map { max(.milliseconds(500), min(.seconds(10), $0.every / 20, $0.within / 20)) }
    }
    private static let notableJump = Duration.seconds(60)

    /// - Parameter onVerdict: called when an alert may have changed.
    package init(
        _ configuration: Configuration?, ledger: any SendLedger, client: ProviderClient, time: any Timekeeper,
        log: any Log, random: any RandomNumberGenerator, onVerdict: @escaping @EventLoop () -> Void
    ) {
        self.configuration = configuration
        self.ledger = ledger
        self.client = client
        self.time = time
        self.log = log
        self.random = random
        self.onVerdict = onVerdict
    }

    /// As `lookOnce`, where it is not under way, and the store was not in trouble just now.
    package func look() {
        guard !isBusy, !isDraining, time.uptime >= lookAgainAt else { return }
        isBusy = true
        work = EventLoop.task { [self] in
            await lookOnce()
            isBusy = false
        }
    }

    /// Begins nothing more.
    package func stop() { isDraining = true }

    /// Returns when what is under way has ended.
    package func drain() async {
        stop()
        await work?.value
    }

    /// Judges those whose time is over, and sends the next one where it is time.
    package func lookOnce() async {
        do throws(LedgerError) {
            for flight in try await ledger.canariesToJudge(at: time.now) { try await judge(flight) }
            guard let configuration else { return try await endOnce() }
            let last = try await ledger.lastCanary()
            let now = time.now
            // One of the future was sent by a clock that was ahead.
            guard last.map({ now >= $0 + configuration.every || $0 > now + Self.notableJump }) != false else { return }
            let send = NewSend(
                configuration.request, as: SendKey(random: &random), purpose: .canary,
                serviceType: configuration.serviceType, within: configuration.within)
            try await ledger.begin(send, at: now)
            onBegin?()
        } catch {
            log.write(LogEvent(.error, .sendOpen, [LogField("error", .string(error.message))]))
            lookAgainAt = time.uptime + .seconds(60)
        }
    }

    private func judge(_ flight: CanaryFlight) async throws(LedgerError) {
        var entries: [ReportEntry]?
        if case .accepted(let key, _)? = flight.outcome, flight.status != .sent {
            if case .answered(let answer, _) = await client.askOutcome(of: key) { entries = answer }
        }
        // Told to end, it may not have asked: the next process does.
        guard !isDraining else { return }
        let verdict = CanaryVerdict(flight.outcome, status: flight.status, entries: entries)
        try await ledger.judged(flight.key, verdict.observation, at: time.now)
        log.write(.judged(flight, verdict))
        onVerdict()
    }

    /// Without canaries none is missed.
    private func endOnce() async throws(LedgerError) {
        guard !hasEnded else { return }
        try await ledger.judged(nil, .over(AlertIdentity(.canaryLost)), at: time.now)
        hasEnded = true
    }
}

extension LogEvent {
    fileprivate static func judged(_ flight: CanaryFlight, _ verdict: CanaryVerdict) -> LogEvent {
        var fields = [LogField("send", .string(flight.key.text))]
        if case .accepted(let key, _)? = flight.outcome { fields.append(LogField("msg_key", .string(key.text))) }
        return switch verdict {
        case .delivered: LogEvent(.info, .canaryDelivered, fields)
        case .lost(let why): LogEvent(.error, .canaryLost, fields + [LogField("error", .string(why))])
        }
    }
}

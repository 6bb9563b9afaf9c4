internal import HTTP

/// The provider's front: faults, key, limits, then the service. Requests in, replies out, no sockets, no clock.
package struct Gateway: Sendable {
    /// Messages and what becomes of them.
    package var model: ProviderModel
    /// The fault script in force.
    var faults = FaultScript()
    /// What was seen so far.
    package internal(set) var statistics = SimulatorStatistics()
    /// Added to the machine's time to get the provider's, in milliseconds.
    package var clockOffset: Int64 = 0

    private var player = FaultPlayer()
    /// Who may ask in generation `omni`.
    var tokens: TokenOffice
    private var bucket: TokenBucket
    private var sendBucket: TokenBucket
    private var trackingIds: Int64 = 0

    /// A provider with full buckets.
    package init(configuration: SimulatorConfiguration = SimulatorConfiguration()) {
        model = ProviderModel(configuration: configuration)
        bucket = TokenBucket(ratePerSecond: configuration.requestsPerSecond, burst: configuration.burst)
        sendBucket = TokenBucket(
            ratePerSecond: configuration.recipientsPerSecond, burst: configuration.recipientsPerSecond)
        tokens = TokenOffice(tokensPerMinute: configuration.client.tokensPerMinute)
    }

    /// How it behaves. Setting it fills the buckets only where the limits changed.
    package var configuration: SimulatorConfiguration {
        get { model.configuration }
        set {
            let old = model.configuration
            model.configuration = newValue
            if (old.requestsPerSecond, old.burst) != (newValue.requestsPerSecond, newValue.burst) {
                bucket = TokenBucket(ratePerSecond: newValue.requestsPerSecond, burst: newValue.burst)
            }
            if old.recipientsPerSecond != newValue.recipientsPerSecond {
                sendBucket = TokenBucket(
                    ratePerSecond: newValue.recipientsPerSecond, burst: newValue.recipientsPerSecond)
            }
            if old.client.tokensPerMinute != newValue.client.tokensPerMinute {
                tokens.limit(tokensPerMinute: newValue.client.tokensPerMinute)
            }
        }
    }

    /// Replaces the fault script.
    package mutating func setFaults(_ rules: [FaultRule]) {
        faults = FaultScript(rules, seed: configuration.seed)
    }

    // MARK: Requests

    /// Answers one request.
    mutating func answer(_ request: ServerRequest, at moment: Moment) -> Reply {
        if Self.isControl(request) {
            return Reply(control(request, at: moment), to: request)
        }
        statistics.arrived(at: moment.wall)
        let (generation, endpoint, encoded) = Endpoint.route(method: request.method, path: request.path)
        let argument = PercentEncoding.decode(encoded)
        trackingIds += 1
        let envelope = Envelope(
            generation: generation, trackingId: "SIM-" + String(moment.wall) + "-" + String(trackingIds))
        var reply: Reply
        let status: Int
        if let fault = faults.take(endpoint, path: request.path, argument: argument) {
            statistics.faults[fault.kind.rawValue, default: 0] += 1
            let right = fault.kind.spoilsRightAnswer ? serve(request, endpoint, argument, envelope, moment) : nil
            (reply, status) = player.play(
                fault, of: request, argument: argument ?? "", envelope: envelope, right: right)
        } else {
            let response = serve(request, endpoint, argument, envelope, moment)
            reply = Reply(response, to: request)
            status = response.status
        }
        reply.delayMilliseconds += configuration.latencyMilliseconds
        statistics.requests[endpoint, default: [:]][status, default: 0] += 1
        return reply
    }

    /// The answer to bytes that are no request; the connection ends with it.
    mutating func refusal(of flaw: RequestFlaw) -> ServerResponse {
        statistics.malformed += 1
        let envelope = Envelope(trackingId: "SIM-malformed")
        return envelope.gateway("A\(flaw.status)", "Bad request", status: flaw.status)
    }

    /// Requests to the control plane are not counted.
    static func isControl(_ request: ServerRequest) -> Bool { request.path.hasPrefix("/_sim/") }

    private mutating func serve(
        _ request: ServerRequest, _ endpoint: Endpoint, _ argument: String?, _ envelope: Envelope, _ moment: Moment
    ) -> ServerResponse {
        var response = admit(request, endpoint, argument, envelope, moment)
        if configuration.byteOrderMark { response.body = [0xef, 0xbb, 0xbf] + response.body }
        return response
    }

    /// The gateway's checks, in the order in which the real one is thought to make them.
    private mutating func admit(
        _ request: ServerRequest, _ endpoint: Endpoint, _ argument: String?, _ envelope: Envelope, _ moment: Moment
    ) -> ServerResponse {
        guard endpoint != .unknown else { return envelope.gateway("A404", "Not Found", status: 404) }
        if endpoint != .token, let refusal = refusal(request, envelope, moment) {
            statistics.refusedKeys += 1
            return refusal
        }
        guard request.method == endpoint.method else {
            return envelope.gateway("A405", "Method Not Allowed", status: 405)
        }
        if endpoint == .token { return token(request, envelope, moment) }
        guard let argument else { return envelope.gateway("A400", "Bad Request", status: 400) }
        if endpoint == .send { return send(request, envelope, moment) }
        guard bucket.take(now: moment.monotonic) else { return limited(envelope) }
        switch endpoint {
        case .reportInquiry: return reportInquiry(argument, envelope, moment.provider)
        case .messageStatus:
            return messages(model.statuses(msgKey: argument, now: moment.provider), envelope, moment.provider)
        case .requestStatus:
            return messages(model.statuses(requestId: argument, now: moment.provider), envelope, moment.provider)
        case .history: return history(request, envelope, moment.provider)
        case .statistics: return statistics(request, envelope, moment.provider)
        case .senderProfile: return senderProfile(request, envelope)
        case .senderSanction: return senderSanction(request, envelope)
        case .polling: return poll(envelope, moment.provider)
        case .pollingAck: return acknowledge(argument, envelope)
        case .send, .token, .unknown: return envelope.gateway("A404", "Not Found", status: 404)
        }
    }

    /// What is said to somebody whom the key or token does not let in.
    private func refusal(_ request: ServerRequest, _ envelope: Envelope, _ moment: Moment) -> ServerResponse? {
        switch envelope.generation {
        case .comm:
            request.header("authorization") == configuration.key
                ? nil : envelope.gateway("A401", "Unauthorized", status: 401)
        case .omni:
            tokens.accepts(request.header("authorization"), now: moment.provider)
                ? nil : envelope.failure(.tokenOutOfDate)
        }
    }

    /// Takes what a token costs: a request, and one of the few that may be asked for in a minute.
    mutating func admitToken(_ moment: Moment) -> Bool {
        bucket.take(now: moment.monotonic) && tokens.admit(now: moment.monotonic)
    }

    /// Takes what a send costs.
    mutating func admit(recipients: Int, _ moment: Moment) -> Bool {
        sendBucket.take(Double(recipients), now: moment.monotonic)
    }

    func limited(_ envelope: Envelope) -> ServerResponse {
        var response = envelope.failure(.rateLimit)
        if let seconds = configuration.retryAfterSeconds {
            response.headers.append((name: "Retry-After", value: String(seconds)))
        }
        return response
    }
}

/// One reading of the clocks.
package struct Moment: Sendable {
    /// The provider's time, in milliseconds since 1970.
    package var provider: Int64
    /// The machine's time, in microseconds since 1970.
    package var wall: Int64
    /// A clock that never goes back, in microseconds.
    package var monotonic: Int64

    /// All clocks at the same reading, for tests.
    package init(milliseconds: Int64) {
        provider = milliseconds
        wall = milliseconds * 1000
        monotonic = milliseconds * 1000
    }

    /// Three readings.
    package init(provider: Int64, wall: Int64, monotonic: Int64) {
        self.provider = provider
        self.wall = wall
        self.monotonic = monotonic
    }
}

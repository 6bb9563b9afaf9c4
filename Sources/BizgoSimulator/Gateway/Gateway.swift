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
    private var bucket: TokenBucket
    private var sendBucket: TokenBucket
    private var trackingIds: Int64 = 0

    /// A provider with full buckets.
    package init(configuration: SimulatorConfiguration = SimulatorConfiguration()) {
        model = ProviderModel(configuration: configuration)
        bucket = TokenBucket(ratePerSecond: configuration.requestsPerSecond, burst: configuration.burst)
        sendBucket = TokenBucket(
            ratePerSecond: configuration.recipientsPerSecond, burst: configuration.recipientsPerSecond)
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
        }
    }

    /// Replaces the fault script.
    package mutating func setFaults(_ rules: [FaultRule]) {
        faults = FaultScript(rules, seed: configuration.seed)
    }

    // MARK: Requests

    /// Answers one request.
    mutating func answer(_ request: HTTPRequest, at moment: Moment) -> Reply {
        if request.path.hasPrefix("/_sim/") {
            var reply = Reply(control(request, at: moment), keepAlive: request.keepAlive)
            reply.isCounted = false
            return reply
        }
        statistics.arrived(at: moment.wall)
        let (endpoint, encoded) = Endpoint.route(method: request.method, path: request.path)
        let argument = PercentEncoding.decode(encoded)
        trackingIds += 1
        let envelope = Envelope(trackingId: "SIM-" + String(moment.wall) + "-" + String(trackingIds))
        var reply: Reply
        let status: Int
        if let fault = faults.take(endpoint, path: request.path, argument: argument) {
            statistics.faults[fault.kind.rawValue, default: 0] += 1
            let right = fault.kind.spoilsRightAnswer ? admit(request, endpoint, argument, envelope, moment) : nil
            (reply, status) = player.play(
                fault, keepAlive: request.keepAlive, argument: argument ?? "", envelope: envelope, right: right)
        } else {
            let response = admit(request, endpoint, argument, envelope, moment)
            reply = Reply(response, keepAlive: request.keepAlive)
            status = response.status
        }
        reply.delayMilliseconds += configuration.latencyMilliseconds
        statistics.requests[endpoint, default: [:]][status, default: 0] += 1
        return reply
    }

    /// The answer to bytes that are no request; the connection ends with it.
    mutating func answer(_ error: HTTPParseError) -> Reply {
        statistics.malformed += 1
        let envelope = Envelope(trackingId: "SIM-malformed")
        let response = envelope.gateway("A\(error.status)", "Bad request", status: error.status)
        var reply = Reply(response, keepAlive: false)
        reply.isCounted = false
        return reply
    }

    /// The gateway's checks, in the order in which the real one is thought to make them.
    private mutating func admit(
        _ request: HTTPRequest, _ endpoint: Endpoint, _ argument: String?, _ envelope: Envelope, _ moment: Moment
    ) -> HTTPResponse {
        guard endpoint != .unknown else { return envelope.gateway("A404", "Not Found", status: 404) }
        guard request.authorization == configuration.key else {
            statistics.refusedKeys += 1
            return envelope.gateway("A401", "Unauthorized", status: 401)
        }
        guard request.method == endpoint.method else {
            return envelope.gateway("A405", "Method Not Allowed", status: 405)
        }
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
        case .polling: return poll(envelope, moment.provider)
        case .pollingAck: return acknowledge(argument, envelope)
        case .send, .unknown: return envelope.gateway("A404", "Not Found", status: 404)
        }
    }

    /// Takes what a send costs.
    mutating func admit(recipients: Int, _ moment: Moment) -> Bool {
        sendBucket.take(Double(recipients), now: moment.monotonic)
    }

    func limited(_ envelope: Envelope) -> HTTPResponse {
        var response = envelope.failure(.rateLimit)
        if let seconds = configuration.retryAfterSeconds {
            response.headers.append((name: "Retry-After", value: String(seconds)))
        }
        return response
    }
}

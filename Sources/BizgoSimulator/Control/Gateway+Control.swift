// The control plane under /_sim/: no key, no limit, not counted. Formats are documented where they are read.
extension Gateway {
    mutating func control(_ request: HTTPRequest, at moment: Moment) -> HTTPResponse {
        switch (request.method, request.path) {
        case ("POST", "/_sim/messages"): return loadMessages(request, moment)
        case ("GET", "/_sim/messages"): return listMessages(request)
        case ("POST", "/_sim/generate"): return generate(request)
        case ("POST", "/_sim/account"): return setAccount(request)
        case ("POST", "/_sim/faults"): return setFaults(request)
        case ("DELETE", "/_sim/faults"):
            faults = FaultScript()
            return Self.ok()
        case ("GET", "/_sim/stats"): return showStatistics(request)
        case ("POST", "/_sim/reset-stats"):
            resetStatistics()
            return Self.ok()
        case ("POST", "/_sim/revoke-tokens"):
            tokens.revokeAll()
            return Self.ok()
        case ("POST", "/_sim/settings"): return changeSettings(request)
        case ("POST", "/_sim/clock"): return setClock(request, moment)
        case (_, FaultPlayer.redirectTarget):
            statistics.redirectsFollowed += 1
            return Envelope(trackingId: "SIM-redirected").success { $0.array("report") { _ in } }
        default:
            return Self.refuse("no such control: \(request.method) \(request.path)", status: 404)
        }
    }

    /// Starts the notebook afresh; what is in flight stays in flight.
    package mutating func resetStatistics() {
        var fresh = SimulatorStatistics()
        fresh.inFlight = statistics.inFlight
        fresh.maxInFlight = statistics.inFlight
        statistics = fresh
    }

    static func ok(_ content: (inout JSONWriter) -> Void = { _ in }) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("ok", true)
            content(&json)
        }
        return HTTPResponse(status: 200, body: json.bytes)
    }

    static func refuse(_ why: String, status: Int = 400) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("ok", false)
            json.field("error", why)
        }
        return HTTPResponse(status: status, body: json.bytes)
    }

    /// `{"suspended":true}`
    private mutating func setAccount(_ request: HTTPRequest) -> HTTPResponse {
        guard let suspended = JSONParser.parse(request.body)?["suspended"]?.bool else {
            return Self.refuse("expected {\"suspended\":true|false}")
        }
        model.isSuspended = suspended
        return Self.ok()
    }

    /// `{"offset_ms":86400000}` moves the provider's clock; `{"advance_ms":…}` moves it further.
    private mutating func setClock(_ request: HTTPRequest, _ moment: Moment) -> HTTPResponse {
        let body = JSONParser.parse(request.body)
        let machine = moment.provider - clockOffset
        if let offset = body?["offset_ms"]?.integer {
            clockOffset = offset
        } else if let advance = body?["advance_ms"]?.integer {
            clockOffset += advance
        } else {
            return Self.refuse("expected {\"offset_ms\":n} or {\"advance_ms\":n}")
        }
        let now = machine + clockOffset
        return Self.ok { $0.field("now", now) }
    }
}

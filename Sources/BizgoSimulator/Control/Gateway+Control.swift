internal import HTTP

// The control plane under /_sim/: no key, no limit, not counted. Formats are documented where they are read.
extension Gateway {
    mutating func control(_ request: ServerRequest, at moment: Moment) -> ServerResponse {
        switch (request.method, request.path) {
        case ("POST", "/_sim/messages"): return loadMessages(request, moment)
        case ("GET", "/_sim/messages"): return listMessages(request)
        case ("POST", "/_sim/generate"): return generate(request)
        case ("POST", "/_sim/account"): return setAccount(request, moment)
        case ("POST", "/_sim/sender"): return setSender(request)
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

    static func ok(_ content: (inout JSONWriter) -> Void = { _ in }) -> ServerResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("ok", true)
            content(&json)
        }
        return ServerResponse(status: 200, body: json.bytes)
    }

    static func refuse(_ why: String, status: Int = 400) -> ServerResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("ok", false)
            json.field("error", why)
        }
        return ServerResponse(status: status, body: json.bytes)
    }

    /// `{"suspended":true,"since":ms|"ISO 8601"}`; without `since`, which may be to come, from now on. Messages accepted
    /// from then on are reported as 64008: those that are sent, generated, or loaded without an outcome of their own.
    private mutating func setAccount(_ request: ServerRequest, _ moment: Moment) -> ServerResponse {
        guard let body = JSONValue.parse(request.body), let isSuspended = body["suspended"]?.bool else {
            return Self.refuse("expected {\"suspended\":true|false}")
        }
        do throws(SimulatorError) {
            let since = try Self.time(body, "since") ?? moment.provider
            model.suspendedSince = isSuspended ? since : nil
            return Self.ok()
        } catch {
            return Self.refuse(error.description)
        }
    }

    /// `{"senderKey":"…","status":"A","block":false,"dormant":false,"profileStatus":"A|B|C|E","profileSpamLevel":"정상",
    /// "profileMessageSpamLevel":"정상","uuid":"@…","name":"…",
    /// "sanction":{"restrictedAt":ms|"ISO 8601","reasonType":"BZM"}|null}`. Only `senderKey` is required; a known one is
    /// replaced, and what is left out has nothing wrong with it.
    private mutating func setSender(_ request: ServerRequest) -> ServerResponse {
        guard let fields = JSONValue.parse(request.body)?.object, let key = fields["senderKey"]?.string, !key.isEmpty
        else { return Self.refuse("expected an object with a senderKey") }
        var sender = Sender()
        for (name, value) in fields where name != "senderKey" {
            guard Self.change(name, value, &sender) else {
                return Self.refuse("\(name): no such field, or not a value it can have")
            }
        }
        model.senders[key] = sender
        return Self.ok()
    }

    private static func change(_ name: String, _ value: JSONValue, _ to: inout Sender) -> Bool {
        switch name {
        case "status": return set(&to.status, value.string)
        case "block": return set(&to.block, value.bool)
        case "dormant": return set(&to.dormant, value.bool)
        case "profileStatus":
            return set(&to.profileStatus, value.string.flatMap { ["A", "B", "C", "E"].contains($0) ? $0 : nil })
        case "profileSpamLevel": return set(&to.profileSpamLevel, value.string)
        case "profileMessageSpamLevel": return set(&to.profileMessageSpamLevel, value.string)
        case "uuid": return set(&to.uuid, value.string)
        case "name": return set(&to.name, value.string)
        case "sanction":
            to.sanction = value["restrictedAt"]?.time.map {
                Sender.Sanction(restrictedAt: $0, reasonType: value["reasonType"]?.string ?? "BZM")
            }
            return value == .null || to.sanction != nil
        default: return false
        }
    }

    /// `{"offset_ms":86400000}` moves the provider's clock; `{"advance_ms":…}` moves it further.
    private mutating func setClock(_ request: ServerRequest, _ moment: Moment) -> ServerResponse {
        let body = JSONValue.parse(request.body)
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

// The fault script as JSON.
extension Gateway {
    /// Replaces the script:
    /// `[{"match":"*","times":3,"skip":0,"share":1,"kind":"status","status":503,"code":"A920",
    ///    "layer":"service"|"gateway","delay_ms":0,"retry_after":2,"bytes":n,"depth":n,"location":"…","body":"…",
    ///    "raw":false}]`. Only `kind` is required.
    mutating func setFaults(_ request: ServerRequest) -> ServerResponse {
        guard let body = JSONValue.parse(request.body), let items = body.array ?? body["rules"]?.array else {
            return Self.refuse("expected a JSON array of rules")
        }
        var rules: [FaultRule] = []
        for (index, item) in items.enumerated() {
            guard let name = item["kind"]?.string, let kind = FaultKind(rawValue: name) else {
                let known = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
                return Self.refuse("rule \(index): kind must be one of \(known)")
            }
            rules.append(Self.rule(kind, item))
        }
        setFaults(rules)
        return Self.ok { $0.field("rules", rules.count) }
    }

    private static func rule(_ kind: FaultKind, _ json: JSONValue) -> FaultRule {
        func integer(_ name: String) -> Int? { json[name]?.integer.map { Int($0) } }
        var rule = FaultRule(kind, match: json["match"]?.string ?? "*", times: integer("times"))
        rule.skip = integer("skip") ?? 0
        rule.share = json["share"]?.number ?? 1
        rule.status = integer("status").flatMap { (100...999).contains($0) ? $0 : nil }
        rule.code = json["code"]?.string
        rule.isGatewayLayer = json["layer"]?.string == "gateway"
        rule.delayMilliseconds = integer("delay_ms")
        // As text where it is text: what is not a number must reach the client as it is.
        rule.retryAfter = json["retry_after"]?.string ?? integer("retry_after").map(String.init)
        rule.bytes = integer("bytes")
        rule.depth = integer("depth")
        rule.location = json["location"]?.string
        rule.body = json["body"]?.string
        rule.raw = json["raw"]?.bool ?? false
        return rule
    }
}

// Behaviour changed while running.
extension Gateway {
    /// Any of: `{"key":"…","rate":5,"burst":5,"send_rate":200,"retry_after":1|null,"latency_ms":0,
    /// "empty_answer":"list|null|absent_list|absent_data|null_data|a820","byte_order_mark":false,
    /// "request_time":"since|day|around","history_order":"asc|desc|shuffled",
    /// "history_missing":0.25,"history_hidden":0.01,"statistics_count":"messages|channels","statistics_delay_ms":0,
    /// "sanction_date":"in_force|applied","duplicate_answer":"with_key|without_key|refusal","report_method":"webhook|polling",
    /// "polling_batch":1000,"report_delay_ms":0,
    /// "outcome":"delivered|…|mixed",
    /// "service_failures_as_200":false,"report_text_field":"reportText","webhook_url":"…"|null,
    /// "webhook_secret":"…","webhook_encoding":"hex|base64","webhook_loss":0.3,"webhook_repeat":0.1,
    /// "webhook_delayed":0.1,"webhook_delay_ms":5000,"webhook_retry_ms":1000,"webhook_timeout_ms":5000,
    /// "client_id":"…","client_password":"…","token_lifetime_ms":86400000,
    /// "token_expired":"iso8601|compact|unix|unix_ms|missing|garbage","token_rate":6}`.
    /// Nothing changes where one of them is wrong.
    mutating func changeSettings(_ request: ServerRequest) -> ServerResponse {
        guard let fields = JSONValue.parse(request.body)?.object else { return Self.refuse("expected an object") }
        var changed = configuration
        for (name, value) in fields {
            guard
                Self.change(name, value, &changed) || Self.changeWebhook(name, value, &changed.webhook)
                    || Self.changeClient(name, value, &changed.client)
            else {
                return Self.refuse("\(name): no such setting, or not a value it can have")
            }
        }
        configuration = changed
        return Self.ok()
    }

    private static func change(_ name: String, _ value: JSONValue, _ to: inout SimulatorConfiguration) -> Bool {
        switch name {
        case "key": return set(&to.key, value.string)
        case "rate": return set(&to.requestsPerSecond, value.number)
        case "burst": return set(&to.burst, value.number)
        case "send_rate": return set(&to.recipientsPerSecond, value.number)
        case "retry_after":
            to.retryAfterSeconds = value.integer.map { Int($0) }
            return value == .null || to.retryAfterSeconds != nil
        case "latency_ms": return set(&to.latencyMilliseconds, value.integer.map { Int($0) })
        case "empty_answer": return set(&to.emptyAnswer, value.string.flatMap { .init(rawValue: $0) })
        case "byte_order_mark": return set(&to.byteOrderMark, value.bool)
        case "request_time": return set(&to.requestTimeReading, value.string.flatMap { .init(rawValue: $0) })
        case "history_order": return set(&to.historyOrder, value.string.flatMap { .init(rawValue: $0) })
        case "history_missing":
            return set(&to.historyMissingShare, value.number.flatMap { (0...1).contains($0) ? $0 : nil })
        case "history_hidden":
            return set(&to.historyHiddenShare, value.number.flatMap { (0...1).contains($0) ? $0 : nil })
        case "statistics_count": return set(&to.statisticsCount, value.string.flatMap { .init(rawValue: $0) })
        case "statistics_delay_ms":
            return set(&to.statisticsDelayMilliseconds, value.integer.flatMap { $0 >= 0 ? $0 : nil })
        case "sanction_date": return set(&to.sanctionDate, value.string.flatMap { .init(rawValue: $0) })
        case "report_method": return set(&to.reportMethod, value.string.flatMap { .init(rawValue: $0) })
        case "duplicate_answer": return set(&to.duplicateAnswer, value.string.flatMap { .init(rawValue: $0) })
        case "polling_batch":
            return set(&to.pollingBatch, value.integer.flatMap { (1...1000).contains($0) ? Int($0) : nil })
        case "report_delay_ms": return set(&to.reportDelay, value.integer.map { .fixed(milliseconds: $0) })
        case "outcome":
            if value.string == "mixed" { return set(&to.outcomes, .mixed) }
            return set(&to.outcomes, value.string.flatMap(PlannedOutcome.init).map(OutcomeWeights.always))
        case "service_failures_as_200": return set(&to.serviceFailuresAs200, value.bool)
        case "report_text_field": return set(&to.reportTextField, value.string)
        default: return false
        }
    }

    private static func changeWebhook(_ name: String, _ value: JSONValue, _ to: inout WebhookConfiguration) -> Bool {
        switch name {
        case "webhook_url":
            to.url = value.string
            return value == .null || to.url.flatMap(WebhookTarget.init) != nil
        case "webhook_secret": return set(&to.secret, value.string)
        case "webhook_encoding": return set(&to.encoding, value.string.flatMap { .init(rawValue: $0) })
        case "webhook_loss": return set(&to.lostShare, value.number)
        case "webhook_repeat": return set(&to.repeatedShare, value.number)
        case "webhook_delayed": return set(&to.delayedShare, value.number)
        case "webhook_delay_ms": return set(&to.delayMilliseconds, value.integer)
        case "webhook_retry_ms": return set(&to.retryMilliseconds, value.integer)
        case "webhook_timeout_ms": return set(&to.timeoutMilliseconds, value.integer)
        default: return false
        }
    }

    private static func changeClient(_ name: String, _ value: JSONValue, _ to: inout ClientConfiguration) -> Bool {
        switch name {
        case "client_id": return set(&to.id, value.string)
        case "client_password": return set(&to.password, value.string)
        case "token_lifetime_ms": return set(&to.tokenLifetimeMilliseconds, value.integer)
        case "token_expired": return set(&to.expiry, value.string.flatMap { .init(rawValue: $0) })
        case "token_rate": return set(&to.tokensPerMinute, value.number)
        default: return false
        }
    }

    private static func set<Value>(_ target: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        target = value
        return true
    }
}

// The notebook as JSON.
extension Gateway {
    /// Everything counted; `?times=1` adds `times`, the arrivals in milliseconds since 1970 with three decimals.
    func showStatistics(_ request: ServerRequest) -> ServerResponse {
        let statistics = statistics
        var json = JSONWriter()
        json.object { json in
            json.object("requests") { json in
                for endpoint in Endpoint.allCases {
                    guard let byStatus = statistics.requests[endpoint] else { continue }
                    json.object(endpoint.rawValue) { json in
                        for (status, count) in byStatus.sorted(by: { $0.key < $1.key }) {
                            json.field(String(status), count)
                        }
                    }
                }
            }
            json.field("total", statistics.total)
            json.field("rate_limited", statistics.count(status: 429))
            json.field("refused_keys", statistics.refusedKeys)
            json.field("malformed", statistics.malformed)
            json.field("redirects_followed", statistics.redirectsFollowed)
            json.field("connections", statistics.connections)
            json.field("in_flight", statistics.inFlight)
            json.field("max_in_flight", statistics.maxInFlight)
            json.object("faults") { json in
                for (kind, count) in statistics.faults.sorted(by: { $0.key < $1.key }) { json.field(kind, count) }
            }
            json.object("webhooks") { write(statistics.webhooks, &$0) }
            json.field("messages", model.messages.count)
            json.field("waiting_reports", model.announcements.count)
            json.field("waiting_polling", model.polling.waitingCount)
            json.field("suspended", model.suspendedSince != nil)
            if request.parameter("times") == "1" {
                json.array("times") { json in
                    for time in statistics.arrivals { json.element(Self.milliseconds(time)) }
                }
            }
        }
        return ServerResponse(status: 200, body: json.bytes)
    }

    private func write(_ webhooks: WebhookStatistics, _ json: inout JSONWriter) {
        json.field("reports", webhooks.reports)
        json.field("lost", webhooks.lost)
        json.field("repeated", webhooks.repeated)
        json.field("delayed", webhooks.delayed)
        json.field("attempts", webhooks.attempts)
        json.field("acknowledged", webhooks.acknowledged)
        json.field("failures", webhooks.failures)
        json.field("abandoned", webhooks.abandoned)
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        let fraction = String(microseconds % 1000)
        return String(microseconds / 1000) + "." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}

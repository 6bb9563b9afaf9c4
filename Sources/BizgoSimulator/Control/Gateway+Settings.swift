// Behaviour changed while running.
extension Gateway {
    /// Any of: `{"key":"…","rate":5,"burst":5,"send_rate":200,"retry_after":1|null,"latency_ms":0,
    /// "empty_answer":"list|null|absent_list|absent_data|null_data|a820","byte_order_mark":false,
    /// "request_time":"since|day|around","history_order":"asc|desc|shuffled",
    /// "history_missing":0.25,"report_method":"webhook|polling","polling_batch":1000,"report_delay_ms":0,
    /// "outcome":"delivered|…|mixed",
    /// "service_failures_as_200":false,"report_text_field":"reportText","webhook_url":"…"|null,
    /// "webhook_secret":"…","webhook_encoding":"hex|base64","webhook_loss":0.3,"webhook_repeat":0.1,
    /// "webhook_delayed":0.1,"webhook_delay_ms":5000,"webhook_retry_ms":1000,"webhook_timeout_ms":5000,
    /// "client_id":"…","client_password":"…","token_lifetime_ms":86400000,
    /// "token_expired":"iso8601|compact|unix|unix_ms|missing|garbage","token_rate":6}`.
    /// Nothing changes where one of them is wrong.
    mutating func changeSettings(_ request: HTTPRequest) -> HTTPResponse {
        guard let fields = JSONParser.parse(request.body)?.object else { return Self.refuse("expected an object") }
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
        case "report_method": return set(&to.reportMethod, value.string.flatMap { .init(rawValue: $0) })
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

internal import HTTP

// The answers to questions: reports, statuses, history, polling.
extension Gateway {
    func reportInquiry(_ msgKey: String, _ envelope: Envelope, _ now: Int64) -> ServerResponse {
        let reports = model.reports(msgKey: msgKey, now: now)
        if reports.isEmpty { return nothing(envelope, list: "report") }
        return envelope.success { json in
            json.array("report") { json in
                for report in reports { report.write(to: &json, textField: configuration.reportTextField) }
            }
        }
    }

    func messages(_ rows: [ReportView], _ envelope: Envelope, _ now: Int64) -> ServerResponse {
        if rows.isEmpty { return nothing(envelope, list: "messages") }
        return envelope.success { write(rows, &$0, now) }
    }

    mutating func history(_ request: ServerRequest, _ envelope: Envelope, _ now: Int64) -> ServerResponse {
        guard let text = request.parameter("requestTime"), let time = KoreanTime.parse(text) else {
            return failure(.wrongRequest, envelope)
        }
        var query = ProviderModel.HistoryQuery(requestTime: time)
        if let types = request.parameter("serviceType") {
            query.serviceTypes = Set(types.split(separator: ",").map(String.init))
            guard !query.serviceTypes.isEmpty, query.serviceTypes.isSubset(of: Self.serviceTypes) else {
                return failure(.serviceType, envelope)
            }
        }
        query.groupKey = request.parameter("groupKey")
        if let text = request.parameter("limit") {
            guard let limit = Int(text), (1...1000).contains(limit) else { return failure(.wrongRequest, envelope) }
            query.limit = limit
        }
        if let text = request.parameter("lastSeq") {
            guard let lastSeq = Int64(text), lastSeq >= 0 else { return failure(.wrongRequest, envelope) }
            query.lastSeq = lastSeq
        }
        let page = model.history(query, now: now)
        if page.rows.isEmpty, let answer = unsaid(envelope, list: "messages") { return answer }
        return envelope.success { json in
            write(page.rows, &json, now)
            if let lastSeq = page.lastSeq { json.field("lastSeq", lastSeq) }
            json.field("hasNext", page.hasNext)
        }
    }

    mutating func poll(_ envelope: Envelope, _ now: Int64) -> ServerResponse {
        guard configuration.reportMethod == .polling else { return failure(.pollingNotPermitted, envelope) }
        guard let batch = model.poll(now: now) else {
            return unsaid(envelope, list: "report")
                ?? envelope.success { json in
                    json.field("reportId", "")
                    json.null("report")
                }
        }
        return envelope.success { json in
            json.field("reportId", batch.reportId)
            json.array("report") { json in
                for report in batch.reports { report.write(to: &json, textField: configuration.reportTextField) }
            }
        }
    }

    mutating func acknowledge(_ reportId: String, _ envelope: Envelope) -> ServerResponse {
        guard configuration.reportMethod == .polling else { return failure(.pollingNotPermitted, envelope) }
        return model.acknowledge(reportId: reportId) ? envelope.success() : failure(.reportId, envelope)
    }

    func failure(_ code: ServiceCode, _ envelope: Envelope) -> ServerResponse {
        envelope.failure(code, as200: configuration.serviceFailuresAs200)
    }

    static let serviceTypes: Set<String> = [
        "SMS", "MMS", "RCS", "ALIMTALK", "BRANDMESSAGE", "INTERNATIONAL", "NAVERTALK",
    ]

    func nothing(_ envelope: Envelope, list: String) -> ServerResponse {
        unsaid(envelope, list: list)
            ?? (configuration.emptyAnswer == .a820
                ? failure(.noData, envelope) : envelope.success { $0.array(list) { _ in } })
    }

    /// Success with something missing; nil where that is not how it is configured.
    func unsaid(_ envelope: Envelope, list: String) -> ServerResponse? {
        switch configuration.emptyAnswer {
        case .list, .a820: nil
        case .null: envelope.success { $0.null(list) }
        case .absentList: envelope.success { _ in }
        case .absentData: envelope.success()
        case .nullData: envelope.successWithNull()
        }
    }

    private func write(_ rows: [ReportView], _ json: inout JSONWriter, _ now: Int64) {
        json.array("messages") { json in
            // By index: a loop over the rows would copy every message.
            for index in rows.indices {
                rows[index].writeStatus(to: &json, textField: configuration.reportTextField, now: now)
            }
        }
    }
}

// Tokens of generation omni: `POST auth/token` with the client's id and password in headers.
extension Gateway {
    mutating func token(_ request: ServerRequest, _ envelope: Envelope, _ moment: Moment) -> ServerResponse {
        let client = configuration.client
        guard request.header("x-ib-client-id") == client.id, request.header("x-ib-client-passwd") == client.password
        else {
            statistics.refusedKeys += 1
            return envelope.failure(.credentials)
        }
        guard admitToken(moment) else { return limited(envelope) }
        let end = moment.provider + client.tokenLifetimeMilliseconds
        let token = tokens.issue(until: end, seed: configuration.seed)
        return envelope.success { json in
            json.field("schema", "Bearer")
            json.field("token", token)
            switch client.expiry {
            case .iso8601: json.time("expired", end)
            case .compact: json.field("expired", String(KoreanTime.compact(end).prefix(14)))
            case .unix: json.field("expired", end / 1000)
            case .unixMilliseconds: json.field("expired", end)
            case .missing: break
            case .garbage: json.field("expired", "tomorrow")
            }
        }
    }
}

internal import HTTP

// Sends as the SDK makes them: `destinations`, and a `messageFlow` whose later items are fallbacks.
extension Gateway {
    mutating func send(_ request: ServerRequest, _ envelope: Envelope, _ moment: Moment) -> ServerResponse {
        guard let body = JSONValue.parse(request.body) else { return failure(.unreadableJSON, envelope) }
        guard let destinations = body["destinations"]?.array, let flow = body["messageFlow"]?.array else {
            return failure(.unmappableJSON, envelope)
        }
        guard destinations.count <= 200 else { return failure(.tooManyRecipients, envelope) }
        let channels = flow.compactMap(Self.channel)
        guard !destinations.isEmpty, !channels.isEmpty, channels.count == flow.count else {
            return failure(.wrongSend, envelope)
        }
        guard admit(recipients: destinations.count, moment) else { return limited(envelope) }
        if let problem = Self.idempotencyProblem(body) { return failure(problem, envelope) }
        let ref = body["ref"]?.string
        let idempotencyKey = body["idempotencyKey"]?.string
        if let idempotencyKey,
            let results = model.known(idempotencyKey: idempotencyKey, now: moment.provider)
        {
            guard configuration.duplicateAnswer != .refusal else { return failure(.duplicate, envelope) }
            return Self.answer(results.map(duplicate), ref, envelope)
        }
        let recipients = destinations.map {
            SendRequest.Recipient(to: $0["to"]?.string ?? "", ref: $0["ref"]?.string)
        }
        let send = SendRequest(
            recipients: recipients, flow: channels, groupKey: body["groupKey"]?.string, ref: ref)
        let results = model.send(send, now: moment.provider)
        if let idempotencyKey, let ttl = body["idempotencyTtl"]?.integer {
            model.note(results, idempotencyKey: idempotencyKey, ttlMilliseconds: ttl * 1000, now: moment.provider)
        }
        return Self.answer(results, ref, envelope)
    }

    private static func answer(
        _ results: [SendRequest.Result], _ ref: String?, _ envelope: Envelope
    ) -> ServerResponse {
        envelope.success(ref: ref) { json in
            json.array("destinations") { json in
                for result in results {
                    json.object { json in
                        json.field("to", result.to)
                        json.field("msgKey", ifPresent: result.msgKey)
                        json.field("code", result.code)
                        json.field("result", result.text)
                    }
                }
            }
        }
    }

    /// One that was refused the first time is refused again.
    private func duplicate(_ result: SendRequest.Result) -> SendRequest.Result {
        guard result.msgKey != nil else { return result }
        var duplicate = result
        duplicate.code = ServiceCode.duplicate.rawValue
        if configuration.duplicateAnswer == .withoutKey { duplicate.msgKey = nil }
        return duplicate
    }

    private static func channel(_ item: JSONValue) -> Channel? {
        guard let fields = item.object, fields.count == 1, let (key, content) = fields.first else { return nil }
        return Channel(flowKey: key, messageType: content["msgType"]?.string)
    }

    private static func idempotencyProblem(_ body: JSONValue) -> ServiceCode? {
        guard let key = body["idempotencyKey"]?.string else { return nil }
        guard (1...200).contains(key.count) else { return .idempotencyKey }
        guard let ttl = body["idempotencyTtl"]?.integer, (0...86_400).contains(ttl) else { return .idempotencyTTL }
        return nil
    }
}

extension SendRequest.Result {
    fileprivate var text: String {
        switch code {
        case ServiceCode.success.rawValue: ServiceCode.success.text
        case ServiceCode.duplicate.rawValue: ServiceCode.duplicate.text
        default: "Invalid to"
        }
    }
}

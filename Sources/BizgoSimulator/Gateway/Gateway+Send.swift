// Sends as the SDK makes them: `destinations`, and a `messageFlow` whose later items are fallbacks.
extension Gateway {
    mutating func send(_ request: HTTPRequest, _ envelope: Envelope, _ moment: Moment) -> HTTPResponse {
        guard let body = JSONParser.parse(request.body) else { return failure(.unreadableJSON, envelope) }
        guard let destinations = body["destinations"]?.array, let flow = body["messageFlow"]?.array else {
            return failure(.unmappableJSON, envelope)
        }
        guard destinations.count <= 200 else { return failure(.tooManyRecipients, envelope) }
        let channels = flow.compactMap(Self.channel)
        guard !destinations.isEmpty, !channels.isEmpty, channels.count == flow.count else {
            return failure(.wrongSend, envelope)
        }
        guard admit(recipients: destinations.count, moment) else { return limited(envelope) }
        if let problem = claimIdempotencyKey(body, moment.provider) { return failure(problem, envelope) }
        let recipients = destinations.map {
            SendRequest.Recipient(to: $0["to"]?.string ?? "", ref: $0["ref"]?.string)
        }
        let ref = body["ref"]?.string
        let send = SendRequest(
            recipients: recipients, flow: channels, groupKey: body["groupKey"]?.string, ref: ref)
        let results = model.send(send, now: moment.provider)
        return envelope.success(ref: ref) { json in
            json.array("destinations") { json in
                for result in results {
                    json.object { json in
                        json.field("to", result.to)
                        json.field("msgKey", ifPresent: result.msgKey)
                        json.field("code", result.code)
                        json.field("result", result.msgKey == nil ? "Invalid to" : "Success")
                    }
                }
            }
        }
    }

    private static func channel(_ item: JSONValue) -> Channel? {
        guard let fields = item.object, fields.count == 1, let (key, content) = fields.first else { return nil }
        return Channel(flowKey: key, messageType: content["msgType"]?.string)
    }

    private mutating func claimIdempotencyKey(_ body: JSONValue, _ now: Int64) -> ServiceCode? {
        guard let key = body["idempotencyKey"]?.string else { return nil }
        guard (1...200).contains(key.count) else { return .idempotencyKey }
        guard let ttl = body["idempotencyTtl"]?.integer, (0...86_400).contains(ttl) else { return .idempotencyTTL }
        return model.claim(idempotencyKey: key, ttlMilliseconds: ttl * 1000, now: now) ? nil : .duplicate
    }
}

// Tokens of generation omni: `POST auth/token` with the client's id and password in headers.
extension Gateway {
    mutating func token(_ request: HTTPRequest, _ envelope: Envelope, _ moment: Moment) -> HTTPResponse {
        let client = configuration.client
        guard request.clientID == client.id, request.clientPassword == client.password else {
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

// The fault script as JSON.
extension Gateway {
    /// Replaces the script:
    /// `[{"match":"*","times":3,"skip":0,"share":1,"kind":"status","status":503,"code":"A920",
    ///    "layer":"service"|"gateway","delay_ms":0,"retry_after":2,"bytes":n,"depth":n,"location":"…","body":"…",
    ///    "raw":false}]`. Only `kind` is required.
    mutating func setFaults(_ request: HTTPRequest) -> HTTPResponse {
        guard let body = JSONParser.parse(request.body), let items = body.array ?? body["rules"]?.array else {
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

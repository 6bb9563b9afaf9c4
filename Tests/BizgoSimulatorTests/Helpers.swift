import Engine
import Glibc
import HTTP
import Support

@testable import BizgoSimulator

/// Waits, in real time, until `condition` holds, or `patience` is at its end.
func eventually(_ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end {
        if condition() { return true }
        usleep(5000)
    }
    return condition()
}

/// 2026-01-12T11:00:00+09:00.
let noon: Int64 = 1_768_183_200_000

extension ServerRequest {
    /// A request made by hand.
    init(_ method: String, _ target: String, authorization: String? = nil, body: [UInt8] = []) {
        self.init(method, target)
        self["authorization"] = authorization
        self.body = body
    }

    /// A header of which there is one.
    subscript(_ name: String) -> String? {
        get { header(name) }
        set { headers = headers.filter { $0.name != name } + (newValue.map { [HTTPHeader(name, $0)] } ?? []) }
    }

    /// A request with the right key.
    static func api(_ target: String, method: String = "GET", body: String = "") -> ServerRequest {
        ServerRequest(method, "/api/comm/v1/" + target, authorization: "sim-key", body: Array(body.utf8))
    }
}

extension ChannelPlan {
    /// An AlimTalk entry that reports `code` at `at`, or never.
    static func alimtalk(_ code: String?, at: Int64 = noon, startsAt: Int64 = noon) -> ChannelPlan {
        ChannelPlan(.alimtalk, startsAt: startsAt, reportCode: code, visibleAt: at)
    }

    /// The same for SMS.
    static func sms(_ code: String?, at: Int64 = noon, startsAt: Int64 = noon) -> ChannelPlan {
        ChannelPlan(.sms, startsAt: startsAt, reportCode: code, visibleAt: at)
    }
}

extension MessagePlan {
    static func message(_ msgKey: String, _ channels: ChannelPlan..., at: Int64 = noon, announced: Bool = false) -> Self
    {
        MessagePlan(msgKey: msgKey, acceptedAt: at, channels: channels, announced: announced)
    }
}

/// A gateway that can be asked within an expectation.
@dynamicMemberLookup
final class Front {
    var gateway: Gateway

    /// Without limits, with messages in it.
    init(_ plans: [MessagePlan] = [], _ change: (inout SimulatorConfiguration) -> Void = { _ in }) {
        var configuration = SimulatorConfiguration()
        configuration.requestsPerSecond = 0
        configuration.recipientsPerSecond = 0
        change(&configuration)
        gateway = Gateway(configuration: configuration)
        gateway.model.load(plans)
    }

    subscript<Value>(dynamicMember path: WritableKeyPath<Gateway, Value>) -> Value {
        get { gateway[keyPath: path] }
        set { gateway[keyPath: path] = newValue }
    }

    subscript<Value>(dynamicMember path: KeyPath<Gateway, Value>) -> Value { gateway[keyPath: path] }

    func answer(_ request: ServerRequest, at time: Int64 = noon) -> Reply {
        gateway.answer(request, at: Moment(milliseconds: time))
    }

    /// The status and the JSON of the answer to a request.
    func ask(_ request: ServerRequest, at time: Int64 = noon) -> (status: Int, json: JSONValue) {
        let reply = answer(request, at: time)
        return (reply.status, reply.json)
    }

    func ask(_ target: String, at time: Int64 = noon) -> (status: Int, json: JSONValue) {
        ask(.api(target), at: time)
    }
}

extension Reply {
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var status: Int { Int(text.dropFirst(9).prefix(3)) ?? 0 }
    var json: JSONValue {
        JSONValue.parse(Array(WebhookMessage.body(of: bytes) ?? [])) ?? .null
    }

    func header(_ name: String) -> String? {
        let head = text.split(separator: "\r\n\r\n", maxSplits: 1).first ?? ""
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name.lowercased() + ": ") {
            return String(line.dropFirst(name.count + 2))
        }
        return nil
    }
}

extension JSONValue {
    /// The service layer's code.
    var code: String? { self["data"]?["code"]?.string }
    /// The gateway layer's code.
    var authCode: String? { self["common"]?["authCode"]?.string }
    var data: JSONValue? { self["data"]?["data"] }

    func values(_ list: String, _ field: String) -> [String?] {
        (data?[list]?.array ?? []).map { $0[field]?.string }
    }
}

/// A value whose mutating methods can be called within an expectation: `box { $0.change() }`.
final class Box<Value> {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func callAsFunction<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try body(&value)
    }
}

import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Testing

@Loop
struct WebhookSinkTests {
    private let url = "https://ops.example/hook/secret"

    private func deliver(_ transport: ScriptedTransport, _ notification: Notification = .sample()) async -> Delivery {
        await WebhookSink(url: url, transport: transport, time: ManualTime()).deliver(notification)
    }

    private struct Payload: Decodable, Equatable {
        var alert, state, severity, summary, since, at, host, version, dedup_key: String
        var labels: [String: String]
        var count: Int
        var examples: [String]
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Keys: Decodable {
        var names: [String]
        init(from decoder: any Decoder) throws {
            names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        }
    }

    @Test func `it posts exactly the generic payload`() async throws {
        let transport = ScriptedTransport(status: 204)
        #expect(await deliver(transport) == .accepted)
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.url == url)
        #expect(request.headers == [HTTPHeader("Content-Type", "application/json")])
        #expect(request.timeout == .seconds(10))
        let body = Data(try #require(request.body))
        #expect(
            try JSONDecoder().decode(Payload.self, from: body)
                == Payload(
                    alert: "AccountRefused", state: "firing", severity: "critical", summary: "what happened",
                    since: "2027-01-15T08:00:00.123Z", at: "2027-01-15T08:01:00.000Z", host: "node-1",
                    version: "1.2.3", dedup_key: "AccountRefused{code=64008}", labels: ["code": "64008"], count: 500,
                    examples: ["key-1", "key-2"]))
        #expect(
            try JSONDecoder().decode(Keys.self, from: body).names == [
                "alert", "at", "count", "dedup_key", "examples", "host", "labels", "severity", "since", "state",
                "summary", "version",
            ])
    }

    @Test(arguments: [(NotificationKind.firing, "firing"), (.repeated, "firing"), (.resolved, "resolved")])
    func `a repetition is still firing`(kind: NotificationKind, state: String) async throws {
        let transport = ScriptedTransport(status: 200)
        _ = await deliver(transport, .sample(kind))
        let body = Data(try #require(transport.requests.first?.body))
        #expect(try JSONDecoder().decode(Payload.self, from: body).state == state)
    }

    @Test func `whatever stands in a key, it is JSON`() async throws {
        let transport = ScriptedTransport(status: 200)
        let hostile = ["\"},\n\u{0}\u{1b}[31m", "\u{2028}</script>😀", "\\"]
        _ = await deliver(transport, .sample(examples: hostile))
        let body = Data(try #require(transport.requests.first?.body))
        #expect(try JSONDecoder().decode(Payload.self, from: body).examples == hostile)
    }

    @Test(arguments: [200, 201, 202, 204]) func `2xx is taken`(status: Int) async {
        #expect(await deliver(ScriptedTransport(status: status)) == .accepted)
    }

    @Test(arguments: [408, 429, 500, 502, 503, 599]) func `some refusals pass`(status: Int) async {
        #expect(
            await deliver(ScriptedTransport(status: status))
                == .failed(detail: "HTTP \(status)", retryAfter: nil, permanent: false))
    }

    @Test(arguments: [
        (301, AlertCause.address), (302, .address), (307, .address), (308, .address), (404, .address), (405, .address),
        (410, .address), (401, .key), (403, .key), (407, .key), (400, .content), (413, .content), (422, .content),
    ])
    func `others do not, and what they are tells what mends them`(status: Int, cause: AlertCause) async {
        let headers = [HTTPHeader("Location", "https://elsewhere.example/")]
        #expect(
            await deliver(ScriptedTransport(status: status, headers: headers))
                == .failed(detail: "HTTP \(status)", cause: cause, retryAfter: nil, permanent: true))
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), ("0", .zero), ("Fri, 15 Jan 2027 08:05:00 GMT", .seconds(300)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", .zero),
    ])
    func `Retry-After is read as seconds or as a date`(value: String, pause: Duration) async {
        let transport = ScriptedTransport(status: 429, headers: [HTTPHeader("retry-after", value)])
        #expect(await deliver(transport) == .failed(detail: "HTTP 429", retryAfter: pause, permanent: false))
    }

    @Test(arguments: ["soon", "", "-5", "1.5", "Wed, 21 Okt 2015 07:28:00 GMT", "99999999999999999999"])
    func `a Retry-After that is neither is ignored`(value: String) async {
        let transport = ScriptedTransport(status: 503, headers: [HTTPHeader("Retry-After", value)])
        #expect(await deliver(transport) == .failed(detail: "HTTP 503", retryAfter: nil, permanent: false))
    }

    @Test func `errors on the way pass, a request that cannot be sent does not`() async {
        for kind in [TransportError.Kind.resolve, .connect, .tls, .timeout, .broken, .tooLarge] {
            #expect(
                await deliver(ScriptedTransport(.failure(TransportError(kind, "words"))))
                    == .failed(detail: "\(kind.rawValue): words", retryAfter: nil, permanent: false))
        }
        #expect(
            await deliver(ScriptedTransport(.failure(TransportError(.invalid, "bad address"))))
                == .failed(detail: "invalid: bad address", cause: .address, retryAfter: nil, permanent: true))
    }
}

import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Support
import Testing

@EventLoop
struct WebhookSinkTests {
    private let url = "https://ops.example/hook/secret"

    private func deliver(_ transport: ScriptedTransport, _ notification: Notification = .sample()) async -> Delivery {
        await HTTPSink(.webhook, name: "webhook", url: url, transport: transport, time: VirtualTime()).deliver(
            notification)
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

    @Test("it posts exactly the generic payload")
    func exactly() async throws {
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

    @Test(
        "a repetition is still firing",
        arguments: [(NotificationKind.firing, "firing"), (.repeated, "firing"), (.resolved, "resolved")])
    func repeated(kind: NotificationKind, state: String) async throws {
        let transport = ScriptedTransport(status: 200)
        _ = await deliver(transport, .sample(kind))
        let body = Data(try #require(transport.requests.first?.body))
        #expect(try JSONDecoder().decode(Payload.self, from: body).state == state)
    }

    @Test("whatever stands in a key, it is JSON")
    func hostileKey() async throws {
        let transport = ScriptedTransport(status: 200)
        let hostile = ["\"},\n\u{0}\u{1b}[31m", "\u{2028}</script>😀", "\\"]
        _ = await deliver(transport, .sample(examples: hostile))
        let body = Data(try #require(transport.requests.first?.body))
        #expect(try JSONDecoder().decode(Payload.self, from: body).examples == hostile)
    }

    @Test("2xx is taken", arguments: [200, 201, 202, 204]) func taken(status: Int) async {
        #expect(await deliver(ScriptedTransport(status: status)) == .accepted)
    }

    @Test("some refusals pass", arguments: [408, 429, 500, 502, 503, 599]) func passing(status: Int) async {
        #expect(
            await deliver(ScriptedTransport(status: status))
                == .failed(detail: "HTTP \(status)", retryAfter: nil, permanent: false))
    }

    @Test(
        "others do not, and what they are tells what mends them",
        arguments: [
            (301, AlertCause.address), (302, .address), (307, .address), (308, .address), (404, .address),
            (405, .address),
            (410, .address), (401, .key), (403, .key), (407, .key), (400, .content), (413, .content), (422, .content),
        ])
    func permanent(status: Int, cause: AlertCause) async {
        let headers = [HTTPHeader("Location", "https://elsewhere.example/")]
        #expect(
            await deliver(ScriptedTransport(status: status, headers: headers))
                == .failed(detail: "HTTP \(status)", cause: cause, retryAfter: nil, permanent: true))
    }

    @Test(
        "Retry-After is read as seconds or as a date",
        arguments: [
            ("120", Duration.seconds(120)), ("0", .zero), ("Fri, 15 Jan 2027 08:05:00 GMT", .seconds(300)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", .zero),
        ])
    func retryAfter(value: String, pause: Duration) async {
        let transport = ScriptedTransport(status: 429, headers: [HTTPHeader("retry-after", value)])
        #expect(await deliver(transport) == .failed(detail: "HTTP 429", retryAfter: pause, permanent: false))
    }

    @Test(
        "a Retry-After that is neither is ignored",
        arguments: ["soon", "", "-5", "1.5", "Wed, 21 Okt 2015 07:28:00 GMT", "99999999999999999999"])
    func unreadableRetryAfter(value: String) async {
        let transport = ScriptedTransport(status: 503, headers: [HTTPHeader("Retry-After", value)])
        #expect(await deliver(transport) == .failed(detail: "HTTP 503", retryAfter: nil, permanent: false))
    }

    @Test("errors on the way pass, a request that cannot be sent does not")
    func transport() async {
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

@EventLoop
struct PagerDutySinkTests {
    private func request(_ notification: Notification) async throws -> HTTPRequest {
        let transport = ScriptedTransport(status: 202)
        let sink = HTTPSink(
            .pagerDuty(routingKey: "R0UT1NG"), name: "pagerduty", url: nil, transport: transport, time: VirtualTime())
        #expect(await sink.deliver(notification) == .accepted)
        return try #require(transport.requests.first)
    }

    private func body(_ notification: Notification) async throws -> String {
        String(decoding: try #require(try await request(notification).body), as: UTF8.self)
    }

    @Test("it posts exactly a trigger of the Events API")
    func exactly() async throws {
        let request = try await request(.sample())
        #expect(request.url == "https://events.pagerduty.com/v2/enqueue")
        #expect(request.headers == [HTTPHeader("Content-Type", "application/json")])
        #expect(
            String(decoding: try #require(request.body), as: UTF8.self)
                == #"{"client":"bizgo-reconciler","dedup_key":"AccountRefused{code=64008}","event_action":"trigger","#
                + #""payload":{"class":"AccountRefused","component":"bizgo-reconciler","custom_details":{"count":500,"#
                + #""examples":["key-1","key-2"],"labels":{"code":"64008"},"since":"2027-01-15T08:00:00.123Z","#
                + #""version":"1.2.3"},"severity":"critical","source":"node-1","#
                + #""summary":"AccountRefused: what happened","timestamp":"2027-01-15T08:01:00.000Z"},"#
                + #""routing_key":"R0UT1NG"}"#)
    }

    @Test("a repetition is the same incident, the end resolves it")
    func incident() async throws {
        #expect(try await body(.sample(.repeated)) == body(.sample(.firing)))
        #expect(
            try await body(.sample(.resolved))
                == #"{"client":"bizgo-reconciler","dedup_key":"AccountRefused{code=64008}","event_action":"resolve","#
                + #""routing_key":"R0UT1NG"}"#)
    }

    @Test(
        "severities are PagerDuty's",
        arguments: [
            (AlertName.accountRefused, "critical"), (.deadLetters, "error"), (.backlog, "warning"),
            (.lateReports, "info"),
        ])
    func severities(name: AlertName, severity: String) async throws {
        let text = try await body(.sample(identity: AlertIdentity(name)))
        #expect(text.contains("\"severity\":\"\(severity)\""))
    }

    @Test("a long key and hostile text are still an event")
    func hostile() async throws {
        let identity = AlertIdentity(.sinkFailing, labels: ["sink": String(repeating: "\"\u{1}", count: 300)])
        let text = try await body(.sample(identity: identity, summary: "\"}\n", examples: ["\\\u{0}"]))
        let event = try JSONDecoder().decode(Event.self, from: Data(text.utf8))
        #expect(event.dedup_key.count == 255)
        #expect(event.payload.summary == "SinkFailing: \"}\n")
        #expect(event.payload.custom_details.examples == ["\\\u{0}"])
    }

    private struct Event: Decodable {
        struct Payload: Decodable {
            struct Details: Decodable {
                var examples: [String]
            }

            var summary: String
            var custom_details: Details
        }

        var dedup_key: String
        var payload: Payload
    }

    @Test("a refused event is permanent, too many requests pass")
    func refused() async {
        let refused = HTTPSink(
            .pagerDuty(routingKey: "x"), name: "pagerduty", url: nil, transport: ScriptedTransport(status: 400),
            time: VirtualTime())
        #expect(
            await refused.deliver(.sample())
                == .failed(detail: "HTTP 400", cause: .content, retryAfter: nil, permanent: true))
        let transport = ScriptedTransport(status: 429, headers: [HTTPHeader("Retry-After", "30")])
        let busy = HTTPSink(
            .pagerDuty(routingKey: "x"), name: "pagerduty", url: nil, transport: transport, time: VirtualTime())
        #expect(
            await busy.deliver(.sample()) == .failed(detail: "HTTP 429", retryAfter: .seconds(30), permanent: false))
    }
}

@EventLoop
struct AlertmanagerSinkTests {
    private func sink(_ transport: ScriptedTransport, _ url: String = "http://am.example:9093") -> HTTPSink {
        HTTPSink(
            .alertmanager(refreshEvery: .seconds(60)), name: "alertmanager", url: url, transport: transport,
            time: VirtualTime())
    }

    private func body(_ notification: Notification) async throws -> String {
        let transport = ScriptedTransport(status: 200)
        #expect(await sink(transport).deliver(notification) == .accepted)
        return String(decoding: try #require(transport.requests.first?.body), as: UTF8.self)
    }

    private static let head =
        #"[{"annotations":{"count":"500","examples":"key-1, key-2","summary":"what happened","version":"1.2.3"},"#
    private static let labels =
        #""labels":{"alertname":"AccountRefused","code":"64008","instance":"node-1","job":"bizgo-reconciler","#
        + #""severity":"critical"},"startsAt":"2027-01-15T08:00:00.123Z"}]"#

    @Test(
        "what fires ends five posts ahead, and is the same alert each time",
        arguments: [NotificationKind.firing, .repeated, .refreshed])
    func firing(kind: NotificationKind) async throws {
        #expect(try await body(.sample(kind)) == Self.head + #""endsAt":"2027-01-15T08:06:00.000Z","# + Self.labels)
    }

    @Test("what is over ends now")
    func over() async throws {
        #expect(
            try await body(.sample(.resolved)) == Self.head + #""endsAt":"2027-01-15T08:01:00.000Z","# + Self.labels)
    }

    @Test("with a clock that was set back it still ends no sooner than it starts")
    func clockSetBack() async throws {
        var notification = Notification.sample(.resolved)
        notification.at = notification.since - .seconds(3600)
        let text = try await body(notification)
        #expect(text.contains(#""endsAt":"2027-01-15T07:00:00.123Z""#))
        #expect(text.contains(#""startsAt":"2027-01-15T07:00:00.123Z""#))
    }

    @Test("an identity label cannot pose as another label, and whatever stands in it, it is JSON")
    func labels() async throws {
        let identity = AlertIdentity(.sinkFailing, labels: ["alertname": "Watchdog", "sink": "\"}\n<\u{0}>"])
        let text = try await body(.sample(identity: identity, examples: []))
        let alerts = try JSONDecoder().decode([Posted].self, from: Data(text.utf8))
        #expect(
            alerts.first?.labels == [
                "alertname": "SinkFailing", "sink": "\"}\n<\u{0}>", "severity": "error", "instance": "node-1",
                "job": "bizgo-reconciler",
            ])
        #expect(alerts.first?.annotations["examples"] == nil)
    }

    private struct Posted: Decodable {
        var labels, annotations: [String: String]
    }

    @Test(
        "the path is appended to the base address",
        arguments: [
            ("http://am:9093", "http://am:9093/api/v2/alerts"), ("http://am:9093/", "http://am:9093/api/v2/alerts"),
            ("https://h/am//", "https://h/am/api/v2/alerts"),
            ("https://h/am?t=1/2", "https://h/am/api/v2/alerts?t=1/2"),
        ])
    func path(base: String, url: String) async {
        let transport = ScriptedTransport(status: 200)
        _ = await sink(transport, base).deliver(.sample())
        #expect(transport.requests.map(\.url) == [url])
        #expect(transport.requests.map(\.headers) == [[HTTPHeader("Content-Type", "application/json")]])
    }

    @Test("it wants to hear again, and tells refusals from what passes")
    func hearsAgain() async {
        #expect(sink(ScriptedTransport(status: 200)).refreshEvery == .seconds(60))
        #expect(
            await sink(ScriptedTransport(status: 400)).deliver(.sample())
                == .failed(detail: "HTTP 400", cause: .content, retryAfter: nil, permanent: true))
        let busy = ScriptedTransport(status: 503, headers: [HTTPHeader("Retry-After", "20")])
        #expect(
            await sink(busy).deliver(.sample())
                == .failed(detail: "HTTP 503", retryAfter: .seconds(20), permanent: false))
    }
}

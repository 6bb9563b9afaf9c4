import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Testing

@Loop
struct AlertmanagerSinkTests {
    private func sink(_ transport: ScriptedTransport, _ url: String = "http://am.example:9093") -> AlertmanagerSink {
        AlertmanagerSink(url: url, refreshEvery: .seconds(60), transport: transport, time: ManualTime())
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

    @Test(arguments: [NotificationKind.firing, .repeated, .refreshed])
    func `what fires ends five posts ahead, and is the same alert each time`(kind: NotificationKind) async throws {
        #expect(try await body(.sample(kind)) == Self.head + #""endsAt":"2027-01-15T08:06:00.000Z","# + Self.labels)
    }

    @Test func `what is over ends now`() async throws {
        #expect(
            try await body(.sample(.resolved)) == Self.head + #""endsAt":"2027-01-15T08:01:00.000Z","# + Self.labels)
    }

    @Test func `with a clock that was set back it still ends no sooner than it starts`() async throws {
        var notification = Notification.sample(.resolved)
        notification.at = notification.since - .seconds(3600)
        let text = try await body(notification)
        #expect(text.contains(#""endsAt":"2027-01-15T07:00:00.123Z""#))
        #expect(text.contains(#""startsAt":"2027-01-15T07:00:00.123Z""#))
    }

    @Test func `an identity label cannot pose as another label, and whatever stands in it, it is JSON`() async throws {
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

    @Test(arguments: [
        ("http://am:9093", "http://am:9093/api/v2/alerts"), ("http://am:9093/", "http://am:9093/api/v2/alerts"),
        ("https://h/am//", "https://h/am/api/v2/alerts"), ("https://h/am?t=1/2", "https://h/am/api/v2/alerts?t=1/2"),
    ])
    func `the path is appended to the base address`(base: String, url: String) async {
        let transport = ScriptedTransport(status: 200)
        _ = await sink(transport, base).deliver(.sample())
        #expect(transport.requests.map(\.url) == [url])
        #expect(transport.requests.map(\.headers) == [[HTTPHeader("Content-Type", "application/json")]])
    }

    @Test func `it wants to hear again, and tells refusals from what passes`() async {
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

import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Testing

@Loop
struct PagerDutySinkTests {
    private func request(_ notification: Notification) async throws -> HTTPRequest {
        let transport = ScriptedTransport(status: 202)
        let sink = PagerDutySink(routingKey: "R0UT1NG", transport: transport, time: ManualTime())
        #expect(await sink.deliver(notification) == .accepted)
        return try #require(transport.requests.first)
    }

    private func body(_ notification: Notification) async throws -> String {
        String(decoding: try #require(try await request(notification).body), as: UTF8.self)
    }

    @Test func `it posts exactly a trigger of the Events API`() async throws {
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

    @Test func `a repetition is the same incident, the end resolves it`() async throws {
        #expect(try await body(.sample(.repeated)) == body(.sample(.firing)))
        #expect(
            try await body(.sample(.resolved))
                == #"{"client":"bizgo-reconciler","dedup_key":"AccountRefused{code=64008}","event_action":"resolve","#
                + #""routing_key":"R0UT1NG"}"#)
    }

    @Test(arguments: [
        (AlertName.accountRefused, "critical"), (.deadLetters, "error"), (.backlog, "warning"), (.lateReports, "info"),
    ])
    func `severities are PagerDuty's`(name: AlertName, severity: String) async throws {
        let text = try await body(.sample(identity: AlertIdentity(name)))
        #expect(text.contains("\"severity\":\"\(severity)\""))
    }

    @Test func `a long key and hostile text are still an event`() async throws {
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

    @Test func `a refused event is permanent, too many requests pass`() async {
        let refused = PagerDutySink(routingKey: "x", transport: ScriptedTransport(status: 400), time: ManualTime())
        #expect(
            await refused.deliver(.sample())
                == .failed(detail: "HTTP 400", cause: .content, retryAfter: nil, permanent: true))
        let transport = ScriptedTransport(status: 429, headers: [HTTPHeader("Retry-After", "30")])
        let busy = PagerDutySink(routingKey: "x", transport: transport, time: ManualTime())
        #expect(
            await busy.deliver(.sample()) == .failed(detail: "HTTP 429", retryAfter: .seconds(30), permanent: false))
    }
}

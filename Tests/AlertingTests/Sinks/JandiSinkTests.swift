import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Testing

@Loop
struct JandiSinkTests {
    private func request(_ notification: Notification) async throws -> HTTPRequest {
        let transport = ScriptedTransport(status: 200)
        let sink = JandiSink(url: "https://wh.jandi.example/1/x", transport: transport, time: ManualTime())
        #expect(await sink.deliver(notification) == .accepted)
        return try #require(transport.requests.first)
    }

    private func text(_ notification: Notification) async throws -> String {
        String(decoding: try #require(try await request(notification).body), as: UTF8.self)
    }

    @Test func `it posts exactly what JANDI takes, and asks as JANDI wants to be asked`() async throws {
        let request = try await request(.sample())
        #expect(request.method == .post)
        #expect(request.url == "https://wh.jandi.example/1/x")
        #expect(
            request.headers == [
                HTTPHeader("Content-Type", "application/json"),
                HTTPHeader("Accept", "application/vnd.tosslab.jandi-v2+json"),
            ])
        #expect(
            String(decoding: try #require(request.body), as: UTF8.self)
                == ##"{"body":"FIRING critical: AccountRefused (code 64008), 500 messages","connectColor":"#b71c1c","##
                + #""connectInfo":[{"description":"Examples: key-1, key-2\nSince 2027-01-15 08:00:00 +00:00 on node-1, "#
                + #"bizgo-reconciler 1.2.3","title":"what happened"}]}"#)
    }

    @Test func `around a Korean summary the other words are Korean, too`() async throws {
        #expect(
            try await text(.sample(.resolved, language: .korean))
                == ##"{"body":"해소: AccountRefused (code 64008), 500건","connectColor":"#2e7d32","##
                + #""connectInfo":[{"description":"예시: key-1, key-2\n2027-01-15 08:00:00 +00:00부터, 서버 node-1, "#
                + #"bizgo-reconciler 1.2.3","title":"what happened"}]}"#)
    }

    @Test func `nothing from outside becomes a link, and whatever it is, it is JSON`() async throws {
        let body = try await request(
            .sample(summary: "see [here](https://x.example) \"}\n\u{0}", examples: ["[a](https://y.example)", "\\"])
        ).body
        let message = try JSONDecoder().decode(Message.self, from: Data(try #require(body)))
        #expect(message.connectInfo.map(\.title) == ["see [here] (https://x.example) \"}\n\u{0}"])
        #expect(message.connectInfo[0].description.hasPrefix("Examples: [a] (https://y.example), \\\nSince "))
    }

    private struct Message: Decodable {
        struct Information: Decodable {
            var title, description: String
        }

        var connectInfo: [Information]
    }

    @Test func `an address that is gone is permanent, too many requests pass and may wish for a pause`() async {
        let gone = JandiSink(url: "https://h", transport: ScriptedTransport(status: 404), time: ManualTime())
        #expect(
            await gone.deliver(.sample())
                == .failed(detail: "HTTP 404", cause: .address, retryAfter: nil, permanent: true))
        let busy = ScriptedTransport(status: 429, headers: [HTTPHeader("Retry-After", "7")])
        #expect(
            await JandiSink(url: "https://h", transport: busy, time: ManualTime()).deliver(.sample())
                == .failed(detail: "HTTP 429", retryAfter: .seconds(7), permanent: false))
    }
}

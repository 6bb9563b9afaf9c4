import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Testing

@Loop
struct SlackSinkTests {
    private struct Message: Decodable {
        struct Attachment: Decodable {
            var color, fallback, text: String
        }

        var text: String
        var attachments: [Attachment]
    }

    private func message(_ notification: Notification) async throws -> Message {
        let transport = ScriptedTransport(status: 200)
        let sink = SlackSink(url: "https://hooks.example/T/B/x", transport: transport, time: ManualTime())
        #expect(await sink.deliver(notification) == .accepted)
        let body = try #require(transport.requests.first?.body)
        #expect(transport.requests.first?.method == .post)
        return try JSONDecoder().decode(Message.self, from: Data(body))
    }

    @Test func `the headline says what is wrong, the attachment what to do`() async throws {
        let message = try await message(.sample())
        #expect(message.text == "FIRING critical: AccountRefused (code 64008), 500 messages")
        #expect(message.attachments.count == 1)
        #expect(
            message.attachments[0].text
                == "what happened\nExamples: key-1, key-2\nSince 2027-01-15 08:00:00 +00:00 on node-1, bizgo-reconciler 1.2.3"
        )
        #expect(message.attachments[0].color == "#b71c1c")
        #expect(message.attachments[0].fallback == "what happened")
    }

    @Test func `the end is green`() async throws {
        let message = try await message(.sample(.resolved))
        #expect(message.text == "RESOLVED: AccountRefused (code 64008), 500 messages")
        #expect(message.attachments[0].color == "#2e7d32")
    }

    @Test func `nothing from outside becomes a link, a mention or part of the headline`() async throws {
        let message = try await message(
            .sample(summary: "a & b <!channel>", examples: ["<!here>", "@everyone", "<https://x.example|y>"]))
        #expect(message.attachments[0].text.hasPrefix("a &amp; b &lt;!channel&gt;\nExamples: &lt;!here&gt;, @everyone"))
        #expect(!message.attachments[0].text.contains("<"))
        #expect(!message.text.contains("everyone"))
    }

    @Test func `a revoked address is permanent`() async {
        let sink = SlackSink(
            url: "https://hooks.example/", transport: ScriptedTransport(status: 410), time: ManualTime())
        #expect(
            await sink.deliver(.sample())
                == .failed(detail: "HTTP 410", cause: .address, retryAfter: nil, permanent: true))
    }
}

import Alerting
import Engine
import FoundationEssentials
import Reconciliation
import Support
import Testing

@EventLoop
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
        let sink = HTTPSink(
            .slack, name: "slack", url: "https://hooks.example/T/B/x", transport: transport, time: VirtualTime())
        #expect(await sink.deliver(notification) == .accepted)
        let body = try #require(transport.requests.first?.body)
        #expect(transport.requests.first?.method == .post)
        return try JSONDecoder().decode(Message.self, from: Data(body))
    }

    @Test("the headline says what is wrong, the attachment what to do")
    func headline() async throws {
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

    @Test("the end is green")
    func end() async throws {
        let message = try await message(.sample(.resolved))
        #expect(message.text == "RESOLVED: AccountRefused (code 64008), 500 messages")
        #expect(message.attachments[0].color == "#2e7d32")
    }

    @Test("nothing from outside becomes a link, a mention or part of the headline")
    func hostile() async throws {
        let message = try await message(
            .sample(summary: "a & b <!channel>", examples: ["<!here>", "@everyone", "<https://x.example|y>"]))
        #expect(message.attachments[0].text.hasPrefix("a &amp; b &lt;!channel&gt;\nExamples: &lt;!here&gt;, @everyone"))
        #expect(!message.attachments[0].text.contains("<"))
        #expect(!message.text.contains("everyone"))
    }

    @Test("a revoked address is permanent")
    func revoked() async {
        let sink = HTTPSink(
            .slack, name: "slack", url: "https://hooks.example/", transport: ScriptedTransport(status: 410),
            time: VirtualTime())
        #expect(
            await sink.deliver(.sample())
                == .failed(detail: "HTTP 410", cause: .address, retryAfter: nil, permanent: true))
    }
}

@EventLoop
struct JandiSinkTests {
    private func request(_ notification: Notification) async throws -> HTTPRequest {
        let transport = ScriptedTransport(status: 200)
        let sink = HTTPSink(
            .jandi, name: "jandi", url: "https://wh.jandi.example/1/x", transport: transport, time: VirtualTime())
        #expect(await sink.deliver(notification) == .accepted)
        return try #require(transport.requests.first)
    }

    private func text(_ notification: Notification) async throws -> String {
        String(decoding: try #require(try await request(notification).body), as: UTF8.self)
    }

    @Test("it posts exactly what JANDI takes, and asks as JANDI wants to be asked")
    func exactly() async throws {
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

    @Test("around a Korean summary the other words are Korean, too")
    func korean() async throws {
        #expect(
            try await text(.sample(.resolved, language: .korean))
                == ##"{"body":"해소: AccountRefused (code 64008), 500건","connectColor":"#2e7d32","##
                + #""connectInfo":[{"description":"예시: key-1, key-2\n2027-01-15 08:00:00 +00:00부터, 서버 node-1, "#
                + #"bizgo-reconciler 1.2.3","title":"what happened"}]}"#)
    }

    @Test("nothing from outside becomes a link, and whatever it is, it is JSON")
    func hostile() async throws {
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

    @Test("an address that is gone is permanent, too many requests pass and may wish for a pause")
    func gone() async {
        let gone = HTTPSink(
            .jandi, name: "jandi", url: "https://h", transport: ScriptedTransport(status: 404), time: VirtualTime())
        #expect(
            await gone.deliver(.sample())
                == .failed(detail: "HTTP 404", cause: .address, retryAfter: nil, permanent: true))
        let busy = ScriptedTransport(status: 429, headers: [HTTPHeader("Retry-After", "7")])
        #expect(
            await HTTPSink(.jandi, name: "jandi", url: "https://h", transport: busy, time: VirtualTime()).deliver(
                .sample())
                == .failed(detail: "HTTP 429", retryAfter: .seconds(7), permanent: false))
    }
}

@EventLoop
struct LogSinkTests {
    @Test("one event an alert, with what an operator searches for")
    func event() async {
        let log = RecordingLog()
        #expect(await LogSink(log: log).deliver(.sample(examples: ["a", "b", "c", "d"])) == .accepted)
        #expect(
            log.events == [
                LogEvent(
                    .error, "alert.fired",
                    [
                        LogField("alert", .string("AccountRefused")), LogField("severity", .string("critical")),
                        LogField("count", .integer(500)), LogField("labels", .string("code=64008")),
                        LogField("since", .string("2027-01-15T08:00:00.123Z")), LogField("examples", .string("a,b,c")),
                        LogField("sink", .string("log")), LogField("summary", .string("what happened")),
                    ])
            ])
    }

    @Test("the level follows the severity; the end is information")
    func level() async {
        let log = RecordingLog()
        let sink = LogSink(log: log)
        for name in [AlertName.providerRefused, .deadLetters, .webhookGap, .lateReports] {
            _ = await sink.deliver(.sample(.repeated, identity: AlertIdentity(name)))
        }
        _ = await sink.deliver(.sample(.resolved))
        #expect(log.events.map(\.level) == [.error, .error, .warn, .info, .info])
        #expect(log.names == Array(repeating: "alert.repeated", count: 4) + ["alert.resolved"])
    }
}

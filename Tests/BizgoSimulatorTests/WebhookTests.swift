import Testing

@testable import BizgoSimulator

@Suite("Webhooks, without sockets")
struct WebhookTests {
    private func view(_ msgKey: String = "key000") -> ReportView {
        ReportView(message: .message(msgKey, .alimtalk("10000", at: noon + 45)), channel: 0)
    }

    @Test("The signature covers the timestamp header, in either encoding")
    func signature() {
        var configuration = WebhookConfiguration()
        configuration.secret = "Jefe"
        let text = "what do ya want for nothing?"
        #expect(
            WebhookMessage.signature(text, configuration)
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        configuration.encoding = .base64
        #expect(WebhookMessage.signature(text, configuration) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")
    }

    @Test("The body has what is required, with milliseconds")
    func body() throws {
        let message = WebhookMessage(view(), textField: "reportText")
        let json = try #require(JSONValue.parse(message.body))
        #expect(json["msgKey"]?.string == "key000")
        #expect(json["reportTime"]?.string == "2026-01-12T11:00:00.045+09:00")
        for field in ["serviceType", "reportType", "reportCode"] { #expect(json[field]?.string != nil) }
        #expect(json["to"] == nil, "no phone number")
        let target = try #require(WebhookTarget("http://localhost:8080/hook?a=b"))
        let request = String(decoding: message.request(target, WebhookConfiguration(), now: noon), as: UTF8.self)
        #expect(request.hasPrefix("POST /hook?a=b HTTP/1.1\r\n"))
        #expect(request.contains("X-IB-Timestamp: 1768183200000\r\n"))
    }

    @Test(
        "Webhooks go to loopback only",
        arguments: [
            "https://127.0.0.1/", "http://192.0.2.1/", "http://127.0.0.1.example/", "http://127.0.0.1:0/",
            "http://127.0.0.1:x/",
            "http://127.0.0.1:99999/", "http://localhost@192.0.2.1/", "http://127.0.0.1:80/a b", "ftp://127.0.0.1/",
        ])
    func targets(url: String) {
        #expect(WebhookTarget(url) == nil)
    }

    @Test(
        "Only 200 with the key back is an acknowledgement",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"msgKey\":\"key000\"}", true),
            ("HTTP/1.1 200 OK\r\n\r\n{ \"msgKey\" : \"key000\", \"more\": 1 }", true),
            ("HTTP/1.1 200 OK\r\n\r\n{\"msgKey\":\"key001\"}", false),
            ("HTTP/1.1 200 OK\r\n\r\n{\"msgKey\":\"key0", false),
            ("HTTP/1.1 500 Oops\r\n\r\n{\"msgKey\":\"key000\"}", false), ("HTTP/1.1 200 OK\r\n\r\nok", false),
            ("", false),
        ])
    func acknowledgement(response: String, expected: Bool) {
        #expect(WebhookMessage(view(), textField: "reportText").isAcknowledged(by: Array(response.utf8)) == expected)
    }

    @Test("Fates follow the shares and never change for the same report")
    func fates() {
        var configuration = WebhookConfiguration()
        configuration.lostShare = 0.3
        configuration.repeatedShare = 0.2
        configuration.delayedShare = 0.1
        let fates = (0..<4000).map { WebhookFate(view("key\($0)"), configuration, seed: 1) }
        #expect(fates == (0..<4000).map { WebhookFate(view("key\($0)"), configuration, seed: 1) })
        #expect(fates != (0..<4000).map { WebhookFate(view("key\($0)"), configuration, seed: 2) })
        let kept = Double(fates.count { !$0.isLost })
        #expect(abs(kept / 4000 - 0.7) < 0.03)
        #expect(abs(Double(fates.count { $0.isRepeated }) / kept - 0.2) < 0.03)
        #expect(abs(Double(fates.count { $0.isDelayed }) / kept - 0.1) < 0.03)
    }
}

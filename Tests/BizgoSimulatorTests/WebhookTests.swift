import Testing

@testable import BizgoSimulator

@Suite("Webhooks, without sockets")
struct WebhookTests {
    private func view(_ msgKey: String = "key000") -> ReportView {
        ReportView(message: .message(msgKey, .alimtalk("10000", at: noon + 45)), channel: 0)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(
        "SHA-256 agrees with FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(text: String, expected: String) {
        #expect(hex(SHA256.hash(Array(text.utf8))) == expected)
    }

    @Test("SHA-256 of a million a's, whatever the block borders")
    func sha256Long() {
        let expected = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        #expect(hex(SHA256.hash(Array("test".utf8))) == expected)
        let long = "2816597888e4a0d3a36b82b83316ab32680eb8f00f8cd3b904d681246d285a0e"
        #expect(hex(SHA256.hash(Array(repeating: UInt8(ascii: "a"), count: 100))) == long)
    }

    @Test("HMAC agrees with RFC 4231, cases 1, 2 and 6")
    func hmac() {
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0x0B, count: 20), message: Array("Hi There".utf8)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            hex(SHA256.hmac(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            hex(SHA256.hmac(key: Array(repeating: 0xAA, count: 131), message: long))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test(
        "Base 64 agrees with RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == expected)
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

internal import Reconciliation

/// The bytes of one webhook, and whether the answer acknowledges it.
struct WebhookMessage: Sendable {
    var msgKey: String
    var body: [UInt8]

    init(_ report: ReportView, textField: String) {
        msgKey = report.message.msgKey
        var json = JSONWriter()
        report.write(to: &json, textField: textField, milliseconds: true)
        body = json.bytes
    }

    /// The request, signed at `now` (milliseconds since 1970): a retry is signed anew.
    func request(_ target: WebhookTarget, _ configuration: WebhookConfiguration, now: Int64) -> [UInt8] {
        let timestamp = String(now)
        let signature = Self.signature(timestamp, configuration)
        let head =
            "POST \(target.path) HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
            + "Content-Type: application/json;charset=UTF-8\r\nContent-Length: \(body.count)\r\n"
            + "X-IB-Timestamp: \(timestamp)\r\nX-IB-Signature: \(signature)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }

    static func signature(_ timestamp: String, _ configuration: WebhookConfiguration) -> String {
        let digest = SHA256.hmac(key: Array(configuration.secret.utf8), message: Array(timestamp.utf8))
        switch configuration.encoding {
        case .hex: return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .base64: return Base64.encode(digest)
        }
    }

    /// Whether a whole response is 200 with this message's key in its JSON.
    func isAcknowledged(by response: [UInt8]) -> Bool {
        guard response.starts(with: "HTTP/1.1 200".utf8) || response.starts(with: "HTTP/1.0 200".utf8),
            let body = Self.body(of: response)
        else { return false }
        return JSONValue.parse(Array(body))?["msgKey"]?.string == msgKey
    }

    /// Whether all that `Content-Length` promised is there; without one only the connection's end tells.
    static func isComplete(_ response: [UInt8]) -> Bool {
        guard let body = body(of: response) else { return false }
        let head = String(decoding: response[..<body.startIndex], as: UTF8.self).lowercased()
        let fields = head.split(separator: "\r\n").filter { $0.hasPrefix("content-length:") }
        let length = fields.first.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
        return length.map { body.count >= $0 } ?? false
    }

    /// The body so far; nil before the head is complete.
    static func body(of response: [UInt8]) -> ArraySlice<UInt8>? {
        guard response.count >= 4 else { return nil }
        for index in 0...(response.count - 4) where response[index..<index + 4].elementsEqual([13, 10, 13, 10]) {
            return response[(index + 4)...]
        }
        return nil
    }
}

/// What is to happen to one report's webhook, drawn from the seed: pure, and the same however often it is asked.
struct WebhookFate: Sendable, Equatable {
    /// Milliseconds after maturing at which it is sent; none = lost.
    var sendings: [Int64]
    var isLost: Bool { sendings.isEmpty }
    var isRepeated: Bool { sendings.count > 1 }
    var isDelayed: Bool { sendings.first.map { $0 > 0 } ?? false }

    init(_ report: ReportView, _ configuration: WebhookConfiguration, seed: UInt64) {
        // By key, not by order: a report keeps its fate however the others' timing turns out. FNV-1a.
        var stream: UInt64 = 0xCBF2_9CE4_8422_2325 &+ UInt64(report.channel)
        for byte in report.message.msgKey.utf8 { stream = (stream ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: seed, stream: stream)
        let isLost = generator.unit() < configuration.lostShare
        let isRepeated = generator.unit() < configuration.repeatedShare
        let isDelayed = generator.unit() < configuration.delayedShare
        guard !isLost else {
            sendings = []
            return
        }
        let first = isDelayed ? configuration.delayMilliseconds : 0
        sendings = isRepeated ? [first, first + 50] : [first]
    }
}

/// Where webhooks go: plain HTTP to loopback and nowhere else.
struct WebhookTarget: Sendable, Equatable {
    var port: UInt16
    var path: String

    /// Reads `http://127.0.0.1:PORT/PATH` (or `localhost`); nil for anything else.
    init?(_ url: String) {
        guard let host = ["http://127.0.0.1", "http://localhost"].first(where: url.hasPrefix) else { return nil }
        let rest = url.dropFirst(host.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let port = rest[..<slash]
        if port.isEmpty {
            self.port = 80
        } else {
            guard port.first == ":", let number = UInt16(port.dropFirst()), number > 0 else { return nil }
            self.port = number
        }
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        guard path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
    }
}

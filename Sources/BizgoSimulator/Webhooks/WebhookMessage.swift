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
        return JSONParser.parse(Array(body))?["msgKey"]?.string == msgKey
    }

    /// Whether all that `Content-Length` promised is there; without one only the connection's end tells.
    static func isComplete(_ response: [UInt8]) -> Bool {
        guard let body = body(of: response) else { return false }
        let length = response.withUnsafeBufferPointer { bytes -> Int? in
            var lines = HTTPLines(UnsafeBufferPointer(rebasing: bytes[..<body.startIndex]))
            while let line = lines.next() {
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
                guard HTTPLines.equal(line[..<colon], "content-length") else { continue }
                return HTTPLines.length(HTTPLines.trimmed(line[(colon + 1)...]))
            }
            return nil
        }
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

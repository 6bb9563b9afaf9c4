/// Request line and headers, reduced to what the simulator acts on.
struct HTTPRequestHead: Sendable {
    var request: HTTPRequest
    var contentLength = 0
    var isChunked = false
    var expectsContinue = false

    /// Reads a head that ends with an empty line; nil where it is not HTTP/1.x.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var lines = HTTPLines(bytes)
        guard let line = lines.next(), let first = line.firstIndex(of: 32),
            let last = line.lastIndex(of: 32), first > line.startIndex, last > first + 1
        else { return nil }
        let version = line[(last + 1)...]
        guard version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) else { return nil }
        let target = line[(first + 1)..<last]
        guard target.first == UInt8(ascii: "/"), target.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        request = HTTPRequest(
            String(decoding: line[line.startIndex..<first], as: UTF8.self), String(decoding: target, as: UTF8.self),
            keepAlive: version.last == UInt8(ascii: "1"))
        var hasLength = false
        while let line = lines.next(), !line.isEmpty {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
            let name = line[line.startIndex..<colon]
            let value = HTTPLines.trimmed(line[(colon + 1)...])
            // By length first: most headers a client sends are none of these.
            switch name.count {
            case 6 where HTTPLines.equal(name, "expect"):
                expectsContinue = HTTPLines.equal(value, "100-continue")
            case 10 where HTTPLines.equal(name, "connection"):
                if HTTPLines.equal(value, "close") { request.keepAlive = false }
                if HTTPLines.equal(value, "keep-alive") { request.keepAlive = true }
            case 13 where HTTPLines.equal(name, "authorization"):
                guard request.authorization == nil else { return nil }
                request.authorization = String(decoding: value, as: UTF8.self)
            case 14 where HTTPLines.equal(name, "content-length"):
                guard let length = HTTPLines.length(value), !hasLength || length == contentLength else { return nil }
                contentLength = length
                hasLength = true
            case 14 where HTTPLines.equal(name, "x-ib-client-id"):
                request.clientID = String(decoding: value, as: UTF8.self)
            case 18 where HTTPLines.equal(name, "x-ib-client-passwd"):
                request.clientPassword = String(decoding: value, as: UTF8.self)
            case 17 where HTTPLines.equal(name, "transfer-encoding"): isChunked = true
            default: break
            }
        }
    }
}

package import Engine

/// A request as it came off the wire.
package struct ServerRequest: Sendable, Equatable {
    /// `GET`, …
    package var method: String
    /// The target up to `?`, still percent-encoded.
    package var path: String
    /// The target after `?`, still percent-encoded.
    package var query: String?
    /// Names in lower case.
    package var headers: [HTTPHeader] = []
    /// Whether the connection stays open after the answer.
    package var keepAlive = true
    /// HTTP/1.0
    package var isOldVersion = false
    /// The body, whole.
    package var body: [UInt8] = []

    package init(_ method: String, _ target: String) {
        self.method = method
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
        }
    }

    /// The value of the first header of that name, which is in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// An answer before it is put into bytes.
package struct ServerResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]
    package var contentType: String

    package init(status: Int, body: [UInt8] = [], contentType: String = "application/json;charset=UTF-8") {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    /// - Parameter request: what it answers; nil for bytes that were none, with which the connection ends.
    package func encoded(for request: ServerRequest?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + body.count)
        bytes.append(contentsOf: "HTTP/1.1 \(status) \(Self.reason(status))\r\nContent-Type: ".utf8)
        bytes.append(contentsOf: contentType.utf8)
        bytes.append(contentsOf: "\r\nContent-Length: \(body.count)".utf8)
        for header in headers {
            bytes.append(contentsOf: "\r\n".utf8)
            bytes.append(contentsOf: header.name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: header.value.utf8)
        }
        if request?.keepAlive != true {
            bytes.append(contentsOf: "\r\nConnection: close".utf8)
        } else if request?.isOldVersion == true {
            bytes.append(contentsOf: "\r\nConnection: keep-alive".utf8)
        }
        bytes.append(contentsOf: "\r\n\r\n".utf8)
        if request?.method != "HEAD" { bytes.append(contentsOf: body) }
        return bytes
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 302: "Found"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

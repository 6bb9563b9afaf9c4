/// An answer before it is put into bytes.
struct HTTPResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var contentType = "application/json;charset=UTF-8"

    /// The status line and headers; the body's length is `body.count` unless told otherwise.
    func head(keepAlive: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + body.count)
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        bytes.append(contentsOf: String(status).utf8)
        bytes.append(contentsOf: Self.reason(status).utf8)
        bytes.append(contentsOf: "\r\nContent-Type: ".utf8)
        bytes.append(contentsOf: contentType.utf8)
        bytes.append(contentsOf: "\r\nContent-Length: ".utf8)
        bytes.append(contentsOf: String(body.count).utf8)
        for header in headers {
            bytes.append(contentsOf: "\r\n".utf8)
            bytes.append(contentsOf: header.name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: header.value.utf8)
        }
        bytes.append(contentsOf: (keepAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n").utf8)
        return bytes
    }

    func encoded(keepAlive: Bool) -> [UInt8] {
        var bytes = head(keepAlive: keepAlive)
        bytes.append(contentsOf: body)
        return bytes
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: " OK"
        case 302: " Found"
        case 400: " Bad Request"
        case 401: " Unauthorized"
        case 403: " Forbidden"
        case 404: " Not Found"
        case 405: " Method Not Allowed"
        case 413: " Content Too Large"
        case 429: " Too Many Requests"
        case 500: " Internal Server Error"
        case 502: " Bad Gateway"
        case 503: " Service Unavailable"
        case 504: " Gateway Timeout"
        default: " Status"
        }
    }
}

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

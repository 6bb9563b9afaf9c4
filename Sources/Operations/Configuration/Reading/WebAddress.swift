/// The parts of an absolute URL that decide whether it may be used. Messages never show the URL: a sink's is a secret.
struct WebAddress: Equatable {
    /// Lower case.
    var scheme: String
    /// What stands before the `@`; nil where there is none. Holds a secret.
    var userInfo: Substring?
    /// Lower case; IPv6 in brackets.
    var host: String
    var port: Int?
    var path: String
    var hasQuery: Bool
    var hasFragment: Bool

    /// The only hosts that `http` may be spoken to without leaving the machine.
    var isLoopback: Bool { ["localhost", "127.0.0.1", "[::1]"].contains(host) }

    /// Reads `text`, or says what about it is not a URL.
    init(_ text: String) throws(Refusal) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains(where: { "\\\"<>^`{|}".contains($0) })
        else {
            throw .because("a URL has only visible ASCII characters (percent-encode the others; xn-- for the host)")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw .because("expected a URL with a scheme, such as https://host/path")
        }
        scheme = text[..<colon].lowercased()
        var rest = text[colon...].dropFirst(3)

        hasFragment = rest.contains("#")
        rest = rest.prefix { $0 != "#" }
        hasQuery = rest.contains("?")
        rest = rest.prefix { $0 != "?" }
        var authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))

        if let at = authority.lastIndex(of: "@") {
            userInfo = authority[..<at]
            authority = authority[authority.index(after: at)...]
        }

        // The colon before a port, not one inside [::1].
        let afterBracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let portColon = authority[afterBracket...].lastIndex(of: ":") {
            let digits = authority[authority.index(after: portColon)...]
            guard let port = UInt16(digits), port > 0, digits.allSatisfy(\.isNumber) else {
                throw .because("the port of a URL is a number from 1 to 65535")
            }
            self.port = Int(port)
            authority = authority[..<portColon]
        }
        host = authority.lowercased()
        guard Self.isHost(host) else { throw .because("the host of the URL is missing or is not one") }
    }

    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("[") {
            return host.hasSuffix("]") && host.count > 3
                && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
                && host.contains(":")
        }
        let labels = (host.hasSuffix(".") ? host.dropLast() : host[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            }
    }
}

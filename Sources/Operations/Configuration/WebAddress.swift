internal import Reconciliation

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

extension WebAddress {
    /// Where a sink's address may point: `https`, `http` on the machine itself, and `http` to elsewhere only where
    /// `allowsPlainHTTP`; and a user and a password in it only where the receiver may ask for them.
    static func ofSink(_ text: String, allowsPlainHTTP: Bool, takesPassword: Bool) throws(Refusal) -> WebAddress {
        let address = try WebAddress(text)
        try address.requireWeb(allowsPlainHTTP: allowsPlainHTTP)
        if let userInfo = address.userInfo { try requireSendable(userInfo, takesPassword) }
        if address.hasFragment { throw .because("a URL with a fragment (#…): it is never sent; take it out") }
        return address
    }

    /// `api.base_url`: what the provider's paths are appended to.
    static func ofProvider(_ text: String) throws(Refusal) -> WebAddress {
        let address = try WebAddress(text)
        try address.requireWeb(allowsPlainHTTP: false)
        if address.userInfo != nil {
            throw .because("a URL with a user or password (…@); the key goes into api.key_file")
        }
        if address.hasQuery { throw .because("a base URL has no query (?…)") }
        if address.hasFragment { throw .because("a base URL has no fragment (#…)") }
        return address
    }

    /// `api.proxy`, as libcurl takes it.
    static func ofProxy(_ text: String) throws(Refusal) -> WebAddress {
        let address = try WebAddress(text)
        guard ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(address.scheme) else {
            throw .because("expected http://, https://, socks4://, socks4a://, socks5:// or socks5h://")
        }
        if !["", "/"].contains(address.path) || address.hasQuery || address.hasFragment {
            throw .because("a proxy is a scheme, a host and a port, nothing after them")
        }
        return address
    }

    private static func requireSendable(_ userInfo: Substring, _ takesPassword: Bool) throws(Refusal) {
        guard takesPassword else {
            throw .because(
                "a URL with a user or password (…@), which this service does not ask for; take them and the @ out")
        }
        do throws(UserInfo.Flaw) {
            _ = try UserInfo(userInfo)
        } catch {
            switch error {
            case .empty: throw .because("nothing stands before the @ of the URL; take it out, or write user:password@")
            case .percent:
                throw .because(
                    "a % before the @ of the URL that encodes nothing; write a % of a user or password as %25")
            case .character:
                throw .because("a colon in the user, or a control character before the @ of the URL, cannot be sent")
            }
        }
    }

    /// Whether what is sent there can be read on the way.
    var isReadableOnTheWay: Bool { scheme == "http" && !isLoopback }

    private func requireWeb(allowsPlainHTTP: Bool) throws(Refusal) {
        guard scheme == "https" || scheme == "http" else { throw .because("expected an https:// URL") }
        if isReadableOnTheWay, !allowsPlainHTTP {
            throw .because("expected https:// (http:// only to localhost, 127.0.0.1 or [::1])")
        }
    }
}

internal import Reconciliation

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

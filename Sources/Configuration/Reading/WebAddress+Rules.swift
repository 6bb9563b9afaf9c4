extension WebAddress {
    /// Where a sink's address may point: `https`, `http` on the machine itself, and `http` to elsewhere only where
    /// `allowsPlainHTTP`.
    static func ofSink(_ text: String, allowsPlainHTTP: Bool) throws(Refusal) -> WebAddress {
        let address = try WebAddress(text)
        try address.requireWeb(allowsPlainHTTP: allowsPlainHTTP)
        if address.hasFragment { throw .because("a URL with a fragment (#…): it is never sent; take it out") }
        return address
    }

    /// `api.base_url`: what the provider's paths are appended to.
    static func ofProvider(_ text: String) throws(Refusal) -> WebAddress {
        let address = try WebAddress(text)
        try address.requireWeb(allowsPlainHTTP: false)
        if address.hasUserInfo { throw .because("a URL with a user or password (…@); the key goes into api.key_file") }
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

    /// Whether what is sent there can be read on the way.
    var isReadableOnTheWay: Bool { scheme == "http" && !isLoopback }

    private func requireWeb(allowsPlainHTTP: Bool) throws(Refusal) {
        guard scheme == "https" || scheme == "http" else { throw .because("expected an https:// URL") }
        if isReadableOnTheWay, !allowsPlainHTTP {
            throw .because("expected https:// (http:// only to localhost, 127.0.0.1 or [::1])")
        }
    }
}

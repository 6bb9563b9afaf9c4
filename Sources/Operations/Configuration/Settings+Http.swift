package import Reconciliation

extension Settings {
    /// Where the daemon listens, and who may see what there.
    package struct Http: Sendable, Equatable {
        /// Where connections come in. TLS is the proxy's, so nobody comes from another machine but through one.
        package enum Listen: Sendable, Equatable {
            /// Of loopback.
            case port(IPAddress, UInt16)
            case unix(path: String)
            /// Sockets that the service manager opened.
            case systemd

            /// As the configuration writes it.
            package var text: String {
                switch self {
                case .port(let address, let port):
                    address.bytes.count == 4 ? "\(address):\(port)" : "[\(address)]:\(port)"
                case .unix(let path): "unix:\(path)"
                case .systemd: "systemd"
                }
            }
        }

        /// Nil: nowhere.
        package var listen: Listen?
        /// Of the Unix socket, where it is one.
        var socketPath: String? { if case .unix(let path) = listen { path } else { nil } }
        /// Whose `X-Forwarded-For` is believed.
        package var trustedProxies: [AddressRange] = []
        /// Who may see the pages.
        package var pagesFor = ["127.0.0.0/8", "::1/128"].compactMap { AddressRange($0) }
    }

    /// The provider's webhooks, where the daemon takes them itself.
    package struct Webhook: Sendable, Equatable {
        package var path = "/webhook/bizgo/alimtalk"
        /// Where they come from; by default the addresses that the provider documents (.github/PROVIDER.md, "Webhooks").
        package var allow = [
            "211.115.98.154", "211.115.98.155", "211.115.98.205", "3.37.214.83", "3.39.75.204", "43.200.251.230",
        ].compactMap { AddressRange($0) }
        /// Each holds a secret that may have signed; none: nothing need be signed.
        package var secretFiles: [String] = []
        /// Between the time of a signature and now, either way.
        package var tolerance = Duration.seconds(300)

        /// A change of secrets needs the old one and the new one.
        static let mostSecrets = 2
        /// Of what else the daemon answers.
        static let otherPaths: Set<String> = ["/", "/metrics", "/healthz", "/readyz", "/record"]
    }
}

extension Settings.Http {
    init(_ reader: ObjectReader) {
        listen = reader.optional("listen", otherwise: nil, Self.listen)
        trustedProxies = reader.ranges("trusted_proxies", otherwise: trustedProxies)
        pagesFor = reader.ranges("pages_for", otherwise: pagesFor)
        if let all = trustedProxies.first(where: \.isEverybody) {
            reader.warning("trusted_proxies", "\(all) is everybody: whoever connects can say to be the provider")
        }
        reader.finish()
    }

    private static func listen(_ value: ConfigValue) throws(Refusal) -> Listen {
        let forms = "\"127.0.0.1:8089\", \"[::1]:8089\", \"unix:PATH\" or \"systemd\""
        guard case .string(let text) = value else { throw .expected(forms) }
        if text == "systemd" { return .systemd }
        if text.hasPrefix("unix:") { return .unix(path: try unixPath(text.dropFirst(5))) }
        guard let colon = text.lastIndex(of: ":"), let address = address(text[..<colon]),
            let port = port(text[text.index(after: colon)...])
        else { throw .expected(forms) }
        guard address.isLoopback else {
            throw .because(
                "\(address) is open to other machines, and what comes there is not encrypted: listen on 127.0.0.1, [::1] or a "
                    + "Unix socket, behind a proxy that takes https")
        }
        return .port(address, port)
    }

    private static func unixPath(_ path: Substring) throws(Refusal) -> String {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw .because(
                "expected the whole path of a socket after unix:, such as \"unix:/run/bizgo-reconciler/http\"")
        }
        guard path.utf8.count < 108 else {
            throw .because("the path of a Unix socket has at most 107 bytes, this one \(path.utf8.count)")
        }
        return String(path)
    }

    /// An IPv6 address in brackets.
    private static func address(_ text: Substring) -> IPAddress? {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return text.contains(":") ? nil : IPAddress(text) }
        let inside = text.dropFirst().dropLast()
        return inside.contains(":") ? IPAddress(inside) : nil
    }

    private static func port(_ digits: Substring) -> UInt16? {
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.first != "0"
        else { return nil }
        return UInt16(digits)
    }
}

extension Settings.Webhook {
    init(_ reader: ObjectReader) {
        path = reader.value("path", otherwise: path) { value throws(Refusal) in
            guard case .string(let text) = value, text.hasPrefix("/"), !text.hasSuffix("/"),
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains(where: { "?#".contains($0) })
            else { throw .expected("the path of a URL, such as \"/webhook\", without ?, # and a / at its end") }
            guard !Self.otherPaths.contains(text) else {
                throw .because("\(text) is a page of the daemon's; choose another")
            }
            return text
        }
        allow = reader.ranges("allow", otherwise: allow)
        if allow.isEmpty, reader.isSound("allow") {
            reader.problem(
                "allow", "empty, so that no webhook would be taken; leave it out for the provider's addresses")
        }
        secretFiles = reader.value("secret_files", otherwise: secretFiles, hidden: true) { value throws(Refusal) in
            let expected = Refusal.expected("a list of at most \(Self.mostSecrets) paths of files")
            guard case .array(let elements) = value, elements.count <= Self.mostSecrets else { throw expected }
            var files: [String] = []
            for element in elements {
                guard case .string(let file) = element.value, !file.isEmpty, !file.utf8.contains(0),
                    !file.contains("://")
                else { throw expected }
                files.append(file)
            }
            return files
        }
        tolerance = reader.duration("tolerance", otherwise: tolerance, atMost: .seconds(86_400))
        reader.finish()
    }
}

extension ObjectReader {
    /// Addresses, and ranges of them; maybe none.
    fileprivate func ranges(_ key: String, otherwise: [AddressRange]) -> [AddressRange] {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .array(let elements) = value else { throw .expected("a list of addresses") }
            var ranges: [AddressRange] = []
            for element in elements {
                guard case .string(let text) = element.value, let range = AddressRange(text) else {
                    throw .because(
                        "expected addresses such as \"192.0.2.1\", \"192.0.2.0/24\" or \"2001:db8::/32\" (no bits set behind "
                            + "the prefix), found \(element.value.summary(hidden: false))")
                }
                ranges.append(range)
            }
            return ranges
        }
    }
}

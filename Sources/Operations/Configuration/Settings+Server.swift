internal import Ledger
internal import Reconciliation

// `store.url`. What is wrong with it is said without showing it: people put passwords there.
extension ServerAddress {
    private static let form = "mysql://user@host:3306/database or postgresql://user@host:5432/database"

    static func read(_ value: ConfigValue) throws(Refusal) -> ServerAddress {
        guard case .string(let text) = value else { throw .expected(form) }
        guard let end = text.firstRange(of: "://"), let scheme = Scheme(rawValue: text[..<end.lowerBound].lowercased())
        else {
            throw .because("expected \(form): no other scheme is known (a file belongs into store.path)")
        }
        let address = try WebAddress(text)
        if address.hasQuery || address.hasFragment {
            throw .because(
                "expected nothing behind the database (no ?…, no #…): what there is to set has keys of its own")
        }
        return ServerAddress(
            scheme: scheme, user: try user(address), host: host(address), port: address.port,
            database: try database(address))
    }

    private static func user(_ address: WebAddress) throws(Refusal) -> String {
        guard let userInfo = address.userInfo, !userInfo.isEmpty else {
            throw .because("no user before the host: expected \(form)")
        }
        guard !userInfo.contains(":") else {
            throw .because(
                "a password in the URL, where it is seen: take it and its colon out, put it into a file readable by the"
                    + " service's user only, and name that in store.password_file")
        }
        return try name(userInfo, "user")
    }

    /// As the client libraries take it: an IPv6 address without its brackets.
    private static func host(_ address: WebAddress) -> String {
        address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
    }

    private static func database(_ address: WebAddress) throws(Refusal) -> String {
        let name = address.path.dropFirst()
        guard !name.isEmpty else { throw .because("no database behind the host: expected \(form)") }
        guard !name.contains("/") else {
            throw .because("expected one name behind the host, the database's; the table belongs into store.table")
        }
        return try self.name(name, "database")
    }

    private static func name(_ text: Substring, _ what: String) throws(Refusal) -> String {
        guard let bytes = PercentEncoding.decoded(text.utf8) else {
            throw .because("a % in the \(what) that encodes nothing; write a % of its own as %25")
        }
        guard let name = String(validating: bytes, as: UTF8.self), !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f })
        else { throw .because("the \(what), percent-decoded, is no UTF-8 text without control characters") }
        return name
    }
}

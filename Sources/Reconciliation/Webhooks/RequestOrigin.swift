/// Where a request comes from, as far as those it came through can be believed.
package struct RequestOrigin: Hashable, Sendable {
    package enum Client: Hashable, Sendable {
        case address(IPAddress)
        /// Somebody on this machine, over our own Unix socket.
        case local
        /// A trusted proxy says something that is no address.
        case unknown
    }

    package let client: Client
    /// Whom the connection is with; nil for one over a Unix socket.
    package let peer: IPAddress?
    /// Somebody who is not trusted says that it was forwarded: whoever is behind that is not who is connected.
    package let isForwardedByStranger: Bool

    /// The headers by which proxies say that there is somebody behind them, in lower case.
    private static let forwardingHeaders: Set<String> = ["x-forwarded-for", "forwarded", "x-real-ip", "via"]

    /// The client is the rightmost of connection and `X-Forwarded-For` that is no trusted proxy; where all are, the
    /// first. What an untrusted peer says of others does not count.
    /// - Parameters:
    ///   - peer: nil for a Unix socket, whose file's permissions say who may connect: a trusted proxy, or somebody local.
    ///   - headers: of the request, in their order, names in lower case.
    package init(peer: IPAddress?, headers: some Sequence<(name: String, value: String)>, trusted: [AddressRange]) {
        self.peer = peer
        let isTrusted = peer.map(trusted.contain) ?? true
        isForwardedByStranger = !isTrusted && headers.contains { Self.forwardingHeaders.contains($0.name) }
        var client = peer.map(Client.address) ?? .local
        guard isTrusted else {
            self.client = client
            return
        }
        let entries = headers.filter { $0.name == "x-forwarded-for" }
            .flatMap { $0.value.split(separator: ",", omittingEmptySubsequences: false) }
        for entry in entries.reversed() {
            guard let address = Self.address(entry) else {
                client = .unknown
                break
            }
            client = .address(address)
            if !trusted.contain(address) { break }
        }
        self.client = client
    }

    /// Whether it comes from one of these.
    package func isFrom(_ ranges: [AddressRange]) -> Bool {
        if case .address(let address) = client { ranges.contain(address) } else { false }
    }

    /// Whether it may see what is for these and for whoever is local.
    package func maySee(pagesFor ranges: [AddressRange]) -> Bool {
        !isForwardedByStranger && (client == .local || isFrom(ranges))
    }

    /// An address, which some proxies write with its port (`192.0.2.1:4711`, `[2001:db8::1]:4711`).
    private static func address(_ entry: Substring) -> IPAddress? {
        var text = entry.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), isPort(text[end...].dropFirst()) else { return nil }
            let inside = text[..<end].dropFirst()
            return inside.contains(":") ? IPAddress(inside) : nil
        }
        guard let colon = text.firstIndex(of: ":"), text[..<colon].contains(".") else { return IPAddress(text) }
        return isPort(text[colon...]) ? IPAddress(text[..<colon]) : nil
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        guard let first = text.first else { return true }
        let digits = text.dropFirst().utf8
        return first == ":" && (1...5).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}

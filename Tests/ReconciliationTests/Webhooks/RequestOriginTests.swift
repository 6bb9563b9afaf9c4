import Testing

@testable import Reconciliation

@Suite("Where a request comes from")
struct RequestOriginTests {
    private func origin(
        _ peer: String?, _ forwarded: [String] = [], trusted: [String] = ["10.0.0.0/8", "::1"], and other: String? = nil
    ) -> RequestOrigin {
        RequestOrigin(
            peer: peer.flatMap { IPAddress($0) },
            headers: forwarded.map { (name: "x-forwarded-for", value: $0) }
                + (other.map { [(name: $0, value: "x")] } ?? []),
            trusted: trusted.compactMap { AddressRange($0) })
    }

    private func address(_ text: String) throws -> RequestOrigin.Client { .address(try #require(IPAddress(text))) }

    @Test(
        "is the rightmost that no trusted proxy is",
        arguments: [
            ("192.0.2.1", [], "192.0.2.1"),
            ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["211.115.98.154, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["211.115.98.154", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", ["203.0.113.9,10.0.0.3", "10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", ["nonsense, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", [" \t203.0.113.9 \t"], "203.0.113.9"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("::1", ["2001:db8::9"], "2001:db8::9"),
            ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"),
            ("10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"),
        ])
    func client(peer: String, forwarded: [String], expected: String) throws {
        #expect(origin(peer, forwarded).client == (try address(expected)))
    }

    @Test(
        "is unknown where a trusted proxy says what is no address",
        arguments: [
            "", ",", "203.0.113.9,", "unknown", "_hidden", "203.0.113.999", "203.0.113.9:", "203.0.113.9:x",
            "203.0.113.9:123456",
            "[203.0.113.9]", "[2001:db8::9", "[2001:db8::9]x", "203.0.113.9 203.0.113.8", "\"203.0.113.9\"",
            "x, 10.0.0.2",
        ])
    func unknown(forwarded: String) {
        #expect(origin("10.0.0.1", [forwarded]).client == .unknown)
        #expect(!origin("10.0.0.1", [forwarded]).isFrom([]))
    }

    @Test("over a Unix socket is whom its proxy names, or local")
    func unixSocket() throws {
        #expect(origin(nil).client == .local)
        #expect(origin(nil, ["203.0.113.9"]).client == (try address("203.0.113.9")))
        #expect(origin(nil, ["203.0.113.9, 10.0.0.2"]).client == (try address("203.0.113.9")))
        #expect(origin(nil, ["?"]).client == .unknown)
        #expect(origin(nil).peer == nil)
    }

    @Test("is one of the provider's by its address alone")
    func isFrom() throws {
        let allow = [try #require(AddressRange("211.115.98.154/32"))]
        #expect(origin("211.115.98.154").isFrom(allow))
        #expect(origin("211.115.98.154", ["203.0.113.9"]).isFrom(allow))
        #expect(origin("10.0.0.1", ["211.115.98.154"]).isFrom(allow))
        #expect(!origin("192.0.2.1", ["211.115.98.154"]).isFrom(allow))
        #expect(!origin("10.0.0.1", ["211.115.98.154, 203.0.113.9"]).isFrom(allow))
        #expect(!origin(nil).isFrom(allow))
        #expect(!origin("10.0.0.1").isFrom([]))
    }

    @Test("may see pages by its address, unless a stranger says that somebody is behind it")
    func pages() throws {
        let ranges = [try #require(AddressRange("127.0.0.0/8")), try #require(AddressRange("203.0.113.9"))]
        #expect(origin("127.0.0.1").maySee(pagesFor: ranges))
        #expect(origin(nil).maySee(pagesFor: []))
        #expect(origin("10.0.0.1", ["203.0.113.9"]).maySee(pagesFor: ranges))
        #expect(!origin("192.0.2.1").maySee(pagesFor: ranges))
        #expect(!origin("10.0.0.1", ["192.0.2.1"]).maySee(pagesFor: ranges))
        #expect(!origin("10.0.0.1", ["?"]).maySee(pagesFor: ranges))
        #expect(!origin(nil, ["192.0.2.1"]).maySee(pagesFor: ranges))
        #expect(!origin("127.0.0.1", ["127.0.0.1"]).maySee(pagesFor: ranges))
        for header in ["forwarded", "x-real-ip", "via"] {
            #expect(!origin("127.0.0.1", and: header).maySee(pagesFor: ranges))
        }
        #expect(origin("127.0.0.1", and: "x-forwarded-proto").maySee(pagesFor: ranges))
    }
}

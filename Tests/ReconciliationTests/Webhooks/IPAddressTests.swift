import Support
import Testing

@testable import Reconciliation

@Suite("Addresses and ranges of them")
struct IPAddressTests {
    @Test(
        "are read, and written in one way",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8::A", "2001:db8::a"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("fe80::1:0:0:1", "fe80::1:0:0:1"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:201", "192.0.2.1"),
            ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ])
    func isRead(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
        #expect(IPAddress(written) == IPAddress(text))
    }

    @Test(
        "are none",
        arguments: [
            "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.00", "1.2.3.", ".1.2.3", "1..2.3",
            "0x1.2.3.4",
            "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/8", "1.2.3.4:80", "localhost", "١.2.3.4",
            "1234567.1.1.1",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "1:",
            ":1",
            "::1%eth0", "[::1]", "::1.2.3", "::1.2.3.4.5", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::١",
            "unknown",
            "_hidden", "2001:db8:::1", String(repeating: "1", count: 1000), String(repeating: ":", count: 1000),
        ])
    func isRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("come as 4 bytes or 16, and mapped ones are what they map")
    func bytes() {
        #expect(IPAddress(bytes: [192, 0, 2, 1]) == IPAddress("192.0.2.1"))
        #expect(IPAddress(bytes: IPAddress.mappingPrefix + [192, 0, 2, 1]) == IPAddress("192.0.2.1"))
        #expect(IPAddress(bytes: Array(repeating: 0, count: 15) + [1]) == IPAddress("::1"))
        for count in [0, 3, 5, 15, 17] { #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test("are read whatever they were, once written")
    func roundTrip() {
        var random = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let group = Int.random(in: 0..<8, using: &random)
                (bytes[group * 2], bytes[group * 2 + 1]) = (0, 0)
            }
            let address = IPAddress(bytes: bytes)
            #expect(IPAddress(address?.description ?? "") == address)
        }
    }

    @Test(
        "hold what begins alike",
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true), ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "::1", true), ("::/0", "8.8.8.8", false),
            ("127.0.0.0/8", "127.1.2.3", true),
            ("10.0.0.0/9", "10.127.255.255", true), ("10.0.0.0/9", "10.128.0.0", false),
            ("10.0.0.4/30", "10.0.0.7", true),
            ("10.0.0.4/30", "10.0.0.8", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("::1/128", "::1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:0:0/96", "1.2.3.4", true),
            ("::ffff:1.2.3.4", "1.2.3.4", true),
        ])
    func contains(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        let address = try #require(IPAddress(address))
        #expect(range.contains(address) == isIn)
        #expect([range].contain(address) == isIn)
    }

    @Test(
        "that could be meant otherwise are refused",
        arguments: [
            "", "/", "192.0.2.1/", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+24", "192.0.2.0/024",
            "192.0.2.0/24/24", "192.0.2.0/ 24", "192.0.2/24", "::1/64", "::/129", "::ffff:10.0.0.0/8", "::ffff:0:0/95",
            "10.0.0.0/255.0.0.0", "10.*", "localhost",
        ])
    func isNoRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("are written as they are read", arguments: ["192.0.2.1", "192.0.2.0/24", "::/0", "2001:db8::/32", "::1"])
    func rangeText(text: String) {
        #expect(AddressRange(text)?.description == text)
    }
}

import Glibc
import Testing

@testable import Operations

@Suite("Sockets that were handed on")
struct InheritedSocketsTests {
    @Test(
        "are those that are for this process",
        arguments: [
            ("7", "1", [3]), ("7", "3", [3, 4, 5]), ("8", "1", []), (nil, "1", []), ("7", nil, []), ("7", "0", []),
            ("7", "-1", []),
            ("7", "x", []), ("", "1", []), ("7", "1001", []), ("7", "99999999999", []),
        ] as [(String?, String?, [Int32])])
    func descriptors(process: String?, count: String?, expected: [Int32]) {
        #expect(InheritedSockets(process: process, count: count, processID: 7).descriptors == expected)
    }

    @Test("are copied for whoever closes them; one that is not open is none")
    func copies() {
        let open = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let copies = InheritedSockets(descriptors: [-1, open]).copies()
        #expect(copies.count == 1)
        #expect(!copies.contains(open))
        for descriptor in copies + [open] { #expect(close(descriptor) == 0) }
        #expect(InheritedSockets.none.copies().isEmpty)
    }
}

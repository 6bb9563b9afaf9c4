import FoundationEssentials
import Testing

@testable import Operations

@Suite struct JSONOutputTests {
    @Test("one line, with the keys as they were written")
    func order() {
        let value = JSONOutput.object([
            ("b", .array([.null, .bool(true), .bool(false), .integer(-3)])), ("a", .object([])), ("c", .array([])),
            ("n", .optional(nil as Int?)), ("t", .optional(nil as String?)), ("o", .optional("x")),
        ])
        #expect(value.text == #"{"b":[null,true,false,-3],"a":{},"c":[],"n":null,"t":null,"o":"x"}"#)
    }

    @Test(
        "any text comes back as it was",
        arguments: ["", "\"\\/", "a\nb\tc\r", "\u{0}\u{1b}\u{7f}", "한글 👍", "\u{202e}x"])
    func texts(_ text: String) throws {
        let json = JSONOutput.array([.string(text)]).text
        #expect(!json.unicodeScalars.contains { $0.value < 0x20 })
        #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
    }
}

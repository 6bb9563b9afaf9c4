import Testing

@testable import BizgoSimulator

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String) -> JSONValue? { JSONValue.parse(Array(text.utf8)) }

    @Test("What is written can be read again, whatever the characters")
    func roundTrip() {
        let text = "quote \" backslash \\ newline \n tab \t bell \u{7} 한글 😀 /"
        var writer = JSONWriter()
        writer.object { json in
            json.field("text", text)
            json.field("count", 42)
            json.field("flag", true)
            json.null("nothing")
            json.array("list") { json in
                json.element("1")
                json.object { $0.field("a", "b") }
                json.object { _ in }
            }
        }
        let expected: JSONValue = .object([
            "text": .string(text), "count": .number(42), "flag": .bool(true), "nothing": .null,
            "list": .array([.number(1), .object(["a": .string("b")]), .object([:])]),
        ])
        #expect(JSONValue.parse(writer.bytes) == expected)
    }

    @Test("Numbers, escapes and space are read")
    func reading() {
        #expect(
            parse(" [ 0 , -1, 1.5e2, 1768183200000, 12345678901234567168 ] ")
                == .array([
                    .number(0), .number(-1), .number(150), .number(1_768_183_200_000),
                    .number(12_345_678_901_234_567_168),
                ]))
        #expect(parse(#""a\u00e9\ud83d\ude00\/\b""#) == .string("aé😀/\u{8}"))
        #expect(parse("{}") == .object([:]))
        #expect(parse("[]") == .array([]))
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01", "1 2", "tru", "\"\n\"", "\"\\x\"",
            "\"\\ud800\"",
            "\"open", "[1", "nan", "-", "+1x",
        ])
    func refused(text: String) {
        #expect(parse(text) == nil)
    }

    @Test("Nesting deeper than 64 is refused without exhausting the stack")
    func depth() {
        #expect(parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) != nil)
        #expect(parse(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)) == nil)
        #expect(parse(String(repeating: "[", count: 100_000)) == nil)
    }

    @Test("A time is a number of milliseconds or ISO 8601")
    func times() {
        #expect(parse("1768183200000")?.time == noon)
        #expect(parse("\"2026-01-12T11:00:00+09:00\"")?.time == noon)
        #expect(parse("\"soon\"")?.time == nil)
        #expect(parse("1.5")?.time == nil)
    }
}

import Testing

@testable import Reconciliation

@Suite("JSON documents")
struct JSONDocumentTests {
    private func read(_ text: String) -> JSONNode? { JSONDocument(Array(text.utf8))?.root }

    @Test("Members are found by name, of several the first, and in objects only")
    func members() throws {
        let root = try #require(read(#" { "a" : {"b":[1,{"c":"x"}]}, "n" : null,"a":2, "\u0064":true , "e":[] } "#))
        #expect(root.isObject)
        #expect(root.member("a")?.isObject == true)
        let list = try #require(root.member("a")?.member("b")?.elements)
        try #require(list.count == 2)
        #expect(list[0].text == "1")
        #expect(list[1].member("c")?.text == "x")
        #expect(root.member("n")?.isNull == true)
        #expect(root.member("n")?.text == nil)
        #expect(root.member("d")?.bool == true, "a name can be written with escapes")
        #expect(root.member("e")?.elements?.isEmpty == true)
        #expect(root.member("x") == nil)
        #expect(root.member("aa") == nil)
        #expect(list[0].member("c") == nil)
        #expect(root.elements == nil)
        #expect(root.member("n")?.bool == nil)
    }

    @Test(
        "Strings and numbers are texts",
        arguments: [
            (#""a/한\"\\\/\b\f\n\r\t""#, "a/한\"\\/\u{8}\u{c}\n\r\t"), (#""\uD55C\ud83d\ude00\u0000""#, "한😀\0"),
            (#""""#, ""), ("0", "0"), ("-12", "-12"), ("18446744073709551615", "18446744073709551615"),
            ("1.0", "1"), ("1e3", "1000"), ("-2.5E-1", "-0.25"), ("1e30", "1e+30"),
        ])
    func texts(json: String, text: String) {
        #expect(read("[\(json)]")?.elements?.first?.text == text)
        #expect(read(json)?.text == text)
    }

    @Test(
        "What is not JSON is not read",
        arguments: [
            "", " ", "{", "}", "[1", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
            "{\"a\":1}x", "[1]]", "\"a", "\"\\\"", "\"\\", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN",
            "tru",
            "nul", "truex", "// x\n1", "[1}", "{\"a\":1]",
        ])
    func refused(text: String) {
        #expect(read(text) == nil)
    }

    @Test("However a good document is cut off, it is not read")
    func cutOff() {
        let whole = Array(#"{"a":[{"b":"\u00e9\n","c":-1.5e2},null,true],"d":""}"#.utf8)
        for count in whole.indices { #expect(JSONDocument(Array(whole[..<count])) == nil) }
        #expect(JSONDocument(whole) != nil)
    }

    @Test(
        "A string that is none is nil, those beside it are read",
        arguments: [
            [0xff], [0xed, 0xa0, 0x80], Array("\\n".utf8) + [0x80], [0x0a], Array(#"\x"#.utf8), Array(#"\u12g4"#.utf8),
            Array(#"\ud83d"#.utf8), Array(#"\ud83d\u0041"#.utf8), Array(#"\ude00"#.utf8), Array(#"\ud83d\n0041"#.utf8),
            Array(#"\u12"#.utf8),
        ])
    func strangeStrings(bytes: [UInt8]) throws {
        let root = try #require(JSONDocument(Array(#"["a",""#.utf8) + bytes + Array(#"","b"]"#.utf8))?.root)
        #expect(root.elements?.map(\.text) == ["a", nil, "b"])
    }
}

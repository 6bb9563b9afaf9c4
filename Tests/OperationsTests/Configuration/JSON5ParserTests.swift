import FoundationEssentials
import Testing

@testable import Operations

@Suite struct JSON5ParserTests {
    private func value(_ text: String) throws -> ConfigValue { try JSON5Parser.parse(text).value }

    private func error(_ text: String) -> JSON5Error? {
        do throws(JSON5Error) {
            _ = try JSON5Parser.parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("null", ConfigValue.null), ("true", .boolean(true)), ("false", .boolean(false)),
        ("0", .number(0)), ("-0.5", .number(-0.5)), (".5", .number(0.5)), ("5.", .number(5)), ("+1e3", .number(1000)),
        ("1E-2", .number(0.01)), ("0x1F", .number(31)), ("-0Xff", .number(-255)), ("Infinity", .number(.infinity)),
        ("-Infinity", .number(-.infinity)), ("1e999", .number(.infinity)), ("1e-999", .number(0)),
        ("''", .string("")), ("'a\"b'", .string("a\"b")), ("\"a'b\"", .string("a'b")),
        ("'\\n\\t\\r\\b\\f\\v\\0\\\\\\'\\q\\/'", .string("\n\t\r\u{08}\u{0c}\u{0b}\0\\'q/")),
        ("'\\x41\\u00e9\\ud83d\\ude00'", .string("Aé😀")),
        ("'one\\\ntwo\\\r\nthree'", .string("onetwothree")), ("'\u{2028}'", .string("\u{2028}")),
        ("[]", .array([])), ("{}", .object([])), ("\u{feff}\u{a0}\u{0b}\u{3000}{} // end", .object([])),
    ])
    func readsAValue(text: String, expected: ConfigValue) throws {
        #expect(try value(text) == expected)
    }

    @Test func readsNaN() throws {
        guard case .number(let number) = try value("NaN") else { throw JSON5Error(line: 0, message: "not a number") }
        #expect(number.isNaN)
    }

    @Test func keepsOrderAndDuplicatesAndEveryKindOfKey() throws {
        guard case .object(let members) = try value("{a: 1, 'b c': 2, \"d\": 3, $_é: 4, \\u0061: 5, a: 6,}") else {
            throw JSON5Error(line: 0, message: "not an object")
        }
        #expect(members.map(\.key) == ["a", "b c", "d", "$_é", "a", "a"])
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func countsLinesWhateverEndsThem(end: String) throws {
        let text = [
            "\u{feff}// a comment", "{ /* one", "   more */ a: 1,", "  'b': [", "    'x\\", "y', {c:", "null}],", "",
            "d: 2 }",
        ].joined(separator: end)
        guard case .object(let members) = try value(text), case .array(let elements) = members[1].node.value,
            case .object(let inner) = elements[1].value
        else { throw JSON5Error(line: 0, message: "another shape") }
        #expect(members.map(\.line) == [3, 4, 9])
        #expect(elements.map(\.line) == [5, 6])
        #expect(inner[0].line == 6)
        #expect(inner[0].node.line == 7)
    }

    @Test(arguments: [
        ("", 1, "nothing in it"), ("// only\n\n", 3, "nothing in it"), ("{a: 1}\n}", 2, "expected the end of the file"),
        ("{a: 1\n b: 2}", 2, "expected \",\" or \"}\", found \"b\""), ("[1\n\n2]", 3, "expected \",\" or \"]\""),
        ("{a 1}", 1, "expected \":\" after the key \"a\""), ("{a:\n}", 2, "expected a value, found \"}\""),
        ("{a: 1", 1, "found the end of the file"), ("{,}", 1, "expected a key"), ("{a: 1,,}", 1, "expected a key"),
        ("{1a: 1}", 1, "expected a key"), ("\n{a: 'x\n'}", 2, "does not end on its line"),
        ("{a: 'x", 1, "does not end on its line"), ("\n/* x\n\n", 2, "never ends"), ("{a: hello}", 1, "needs quotes"),
        ("{a: 10s}", 1, "end of a number"), ("{a: 1.2.3}", 1, "end of a number"), ("{a: 012}", 1, "begins with 0"),
        ("{a: 0x}", 1, "hexadecimal digit"), ("{a: .}", 1, "expected a digit"), ("{a: 1e}", 1, "exponent"),
        ("{a: -b}", 1, "expected a digit"), ("{a: '\\u12'}", 1, "4 hexadecimal digits"), ("{a: '\\x4'}", 1, "2 hexa"),
        ("{a: '\\ud800'}", 1, "surrogate"), ("{a: '\\udc00'}", 1, "surrogate"), ("{a: '\\01'}", 1, "octal"),
        ("{a: '\\7'}", 1, "octal"), ("{\\u0020: 1}", 1, "bare key"), ("{a: ${x}}", 1, "needs quotes"),
        ("{a: -Infinit}", 1, "expected a number"), ("{a: '\\", 1, "rest of an escape"),
        ("{a: ;}", 1, "expected a value"),
    ])
    func namesTheLineAndTheReason(text: String, line: Int, reason: String) {
        let found = error(text)
        #expect(found?.line == line)
        #expect(found?.message.contains(reason) == true, "\(found?.message ?? "accepted")")
    }

    @Test func refusesBottomlessNesting() {
        #expect(error(String(repeating: "[", count: 100_000))?.message == "nested more than 64 deep")
        #expect(error(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) == nil)
    }

    @Test func showsAtMostOneCharacterOfAValue() {
        for text in ["{a: hunter2}", "{a: 'hunter2", "{a: 1hunter2}", "{a: 'x' hunter2}"] {
            #expect(error(text)?.message.contains("hunter2") == false)
        }
    }

    /// The toolchain's own decoder as a second opinion, where it knows JSON5 (it keeps an escaped line end, for one).
    @Test(arguments: [
        "{a: [1, -2.5e3, .25, 0x10], 'b': {\"c\": null, d: true}, e: 'x\\ty\\u00e9', /* z */ f: \"\",}",
        "[{}, [], [[[\"deep\"]]], 'it''s'.length]", "{a: 1", "[1 2]", "{\"a\": \"\\ud83d\\ude00\"}",
        "// c\n[+1, -0, 1e-7]",
        "{a: tru}", "{a: 1, b}", "nul", "\"\\u00\"",
    ])
    func agreesWithTheToolchainsDecoder(text: String) throws {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let theirs = try? decoder.decode(Plain.self, from: Data(text.utf8))
        let ours = try? Plain(JSON5Parser.parse(text).value)
        #expect(theirs == ours)
    }
}

/// A tree without lines, as both parsers can make it.
private indirect enum Plain: Equatable, Decodable {
    case null, boolean(Bool), number(Double), string(String), array([Plain]), object([String: Plain])

    init(_ value: ConfigValue) {
        switch value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let nodes): self = .array(nodes.map { Plain($0.value) })
        case .object(let members):
            self = .object(Dictionary(members.map { ($0.key, Plain($0.node.value)) }) { first, _ in first })
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([Plain].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: Plain].self))
        }
    }
}

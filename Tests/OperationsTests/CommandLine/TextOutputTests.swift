import FoundationEssentials
import Testing

@testable import Operations

@Suite struct TextTableTests {
    @Test("columns are as wide as their widest cell, and nothing follows the last")
    func alignment() {
        let lines = TextTable.lines(["A", "LONGER", "C"], [["first", "2", "x"], ["1", "3", "much longer"]])
        #expect(lines == ["A      LONGER  C", "first  2       x", "1      3       much longer"])
        #expect(TextTable.lines(["ONLY", "HEADS"], []) == ["ONLY  HEADS"])
    }

    @Test("a wide character takes two columns of a terminal, a narrow one of many bytes takes one")
    func width() {
        let lines = TextTable.lines(["NAME", "X"], [["한글", "1"], ["né", "2"], ["abcd", "3"]])
        #expect(lines == ["NAME  X", "한글  1", "né    2", "abcd  3"])
    }

    @Test("foreign text neither steers the terminal nor breaks the line")
    func foreign() {
        let lines = TextTable.lines(["NAME", "X"], [["a\u{1b}[2J\nb", "1"]])
        #expect(lines == ["NAME           X", #"a\u001b[2J\nb  1"#])
    }
}

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

@Suite struct HelpTextTests {
    @Test("the list has every command with its purpose, aligned, and the file that is read")
    func overview() {
        let text = HelpText.overview(configuration: "/etc/x.json5")
        #expect(text.contains("\n  run          the daemon: a cycle every reconcile.interval\n"))
        #expect(text.contains("\n  alert-test   sends a test to one alert sink, or to all\n"))
        #expect(text.contains("\nThe configuration is /etc/x.json5 unless --config names another.\n"))
        for command in Command.allCases {
            #expect(text.contains("\n  \(command.rawValue) "))
            #expect(text.contains("   \(command.specification.purpose)\n"))
        }
    }

    @Test("one command: synopsis, purpose, and what there is to say of it")
    func command() {
        #expect(
            HelpText.of(.show) == """
                bizgo-reconciler show MSGKEY [--json] [--config FILE]

                one message: row, attempts, next attempt, timeline

                Exit: 0; 1 there is no such message.
                """)
        #expect(
            HelpText.of(.version) == """
                bizgo-reconciler version\u{20}

                the version, and those of libcurl and SQLite
                """)
    }

    @Test("no line is longer than a narrow terminal of today", arguments: Command.allCases)
    func width(_ command: Command) {
        for line in HelpText.of(command).split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
    }
}

import Engine
import FoundationEssentials
import Testing

@testable import Operations

@Suite struct LogFormatterTests {
    private let time: Int64 = 1_795_455_819_505  // 2026-11-23T17:43:39.505Z

    private func logfmt(_ fields: LogField...) -> String {
        LogFormatter(style: .logfmt, isForJournal: true).line(LogEvent(.debug, "e", fields), at: 0)
    }

    private func value(_ text: String) -> String {
        String(logfmt(LogField("v", .string(text))).dropFirst("<7>level=debug event=e v=".count).dropLast())
    }

    @Test("logfmt is as documented") func logfmtIsAsDocumented() {
        let event = LogEvent(
            .warn, "message.dead_letter",
            [
                LogField("msg_key", .string("2024abc")), LogField("reason", .string("stale")),
                LogField("asked", .integer(11)), LogField("share", .double(0.5)), LogField("late", .boolean(false)),
            ])
        #expect(
            LogFormatter(style: .logfmt).line(event, at: time)
                == "ts=2026-11-23T17:43:39.505Z level=warn event=message.dead_letter msg_key=2024abc reason=stale "
                + "asked=11 share=0.5 late=false\n")
    }

    @Test("JSON has the same keys in the same order") func jsonHasTheSameKeysInTheSameOrder() {
        let event = LogEvent(
            .error, "e",
            [
                LogField("a", .string("x \"y\"\n")), LogField("b", .integer(-1)), LogField("c", .double(2)),
                LogField("d", .boolean(true)), LogField("n", .double(.nan)),
            ])
        #expect(
            LogFormatter(style: .json).line(event, at: time)
                == #"{"ts":"2026-11-23T17:43:39.505Z","level":"error","event":"e","a":"x \"y\"\n","b":-1,"c":2.0,"d":true,"#
                + "\"n\":\"nan\"}\n")
    }

    @Test(
        "what is hidden is made visible",
        arguments: [
            ("", ""), ("plain 한글 👍 \"x\" \\n", "plain 한글 👍 \"x\" \\n"), ("a\r\n\tb", "a\\r\\n\\tb"),
            ("\u{1b}[2J\0\u{7f}\u{9b}", "\\u001b[2J\\u0000\\u007f\\u009b"), ("\u{202e}x\u{2066}", "\\u202ex\\u2066"),
            ("\u{2028}\u{feff}\u{200b}", "\\u2028\\ufeff\\u200b"), ("\u{e0001}", "\\udb40\\udc01"),
            ("\u{3164}\u{e0000}", "\\u3164\\udb40\\udc00"), ("❤\u{fe0f}", "❤\u{fe0f}"),
        ])
    func whatIsHiddenIsMadeVisible(text: String, shown: String) {
        #expect(LogText.visible(text) == shown)
    }

    @Test(
        "the journal gets a priority and no time",
        arguments: [(LogLevel.debug, "<7>"), (.info, "<6>"), (.warn, "<4>"), (.error, "<3>")])
    func theJournalGetsAPriorityAndNoTime(level: LogLevel, prefix: String) {
        let event = LogEvent(level, "e")
        let word = "\(level)"
        #expect(
            LogFormatter(style: .logfmt, isForJournal: true).line(event, at: time)
                == "\(prefix)level=\(word) event=e\n")
        #expect(
            LogFormatter(style: .json, isForJournal: true).line(event, at: time)
                == "\(prefix){\"level\":\"\(word)\",\"event\":\"e\"}\n")
    }

    @Test(
        "a text is quoted where it must be",
        arguments: [
            ("plain", "plain"), ("a/b:c,d{e}", "a/b:c,d{e}"), ("한글", "한글"), ("", "\"\""), ("a b", "\"a b\""),
            ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""), ("back\\slash", "\"back\\\\slash\""),
            ("a\nlevel=error event=forged", "\"a\\nlevel=error event=forged\""), ("\r\n", "\"\\r\\n\""),
            ("\t", "\"\\t\""),
            ("\0\u{1b}[31m\u{7f}", "\"\\u0000\\u001b[31m\\u007f\""), ("a\u{85}b", "\"a\\u0085b\""),
            ("\u{2028}\u{202e}", "\"\\u2028\\u202e\""), ("\u{e0001}", "\"\\udb40\\udc01\""),
            ("a\u{3000}b", "\"a\u{3000}b\""),
            (String(decoding: [0x61, 0xff, 0xc3], as: UTF8.self), "\"a\u{fffd}\u{fffd}\""),
        ])
    func aTextIsQuotedWhereItMustBe(text: String, written: String) {
        #expect(value(text) == written)
    }

    @Test("every value is one line that JSON readers read") func everyValueIsOneLineThatJSONReadersRead() throws {
        for code in 0...0x3100 as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let text = "a\(Character(scalar))b"
            let line = LogFormatter(style: .json).line(LogEvent(.info, "e", [LogField("v", .string(text))]), at: 0)
            let lineEnds = line.unicodeScalars.filter { $0.properties.generalCategory == .control }
            #expect(lineEnds.count == 1)
            let read = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(read["v"] == text)
        }
    }

    @Test("long texts are cut between characters") func longTextsAreCutBetweenCharacters() {
        #expect(value(String(repeating: "x", count: 500)) == String(repeating: "x", count: 500))
        #expect(value(String(repeating: "x", count: 501)) == String(repeating: "x", count: 500) + "…")
        #expect(value(String(repeating: "한", count: 500)) == String(repeating: "한", count: 500))
        #expect(value(String(repeating: "한", count: 999)) == String(repeating: "한", count: 500) + "…")
    }

    @Test(
        "a key cannot break a line or forge one",
        arguments: [
            ("msg_key", "msg_key"), ("a b", "a_b"), ("a=b\n", "a_b_"), ("", "_"), ("키", "_"), ("ts", "field_ts"),
            ("level", "field_level"), ("event", "field_event"),
        ])
    func aKeyCannotBreakALineOrForgeOne(key: String, written: String) {
        #expect(logfmt(LogField(key, .integer(1))) == "<7>level=debug event=e \(written)=1\n")
    }

    @Test("levels are ordered") func levelsAreOrdered() {
        #expect(LogLevel.debug < .info)
        #expect(.info < LogLevel.warn)
        #expect(.warn < LogLevel.error)
    }
}

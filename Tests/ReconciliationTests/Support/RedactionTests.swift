import Reconciliation
import Testing

@Suite struct RedactionTests {
    @Test(
        "blots out what could be a telephone number and leaves the rest",
        arguments: [
            ("카카오톡 미사용자", "카카오톡 미사용자"), ("01000000000 is off", "… is off"),
            ("to 010-0000-0000.", "to …."), ("+82 10 0000 0000", "+…"), ("code 64016, 3 tries", "code 64016, 3 tries"),
            ("2026-01-12", "…"), ("a\nb\tc\u{0}d\u{2028}e", "a b c d e"), ("", ""), ("1234567", "1234567"),
            ("１２３４５６７８９０", "…"), ("(02)123-4567!", "(…!"), ("010/1234/5678", "…"),
            ("010–1234–5678", "…"), ("010_1234_5678", "…"), ("010\u{a0}1234\u{a0}5678", "…"), ("(010) 12345", "(…"),
            ("64016 and 23001", "64016 and 23001"), ("1234 -- 5678", "1234 -- 5678"),
            ("429: 1450/2600, 10m", "429: 1450/2600, 10m"), ("345/345 = 100%, 1h", "345/345 = 100%, 1h"),
            ("82/10/1234/5678", "…"), ("０１０－１２３４－５６７８", "…"), ("０１０．１２３４．５６７８", "…"),
            ("０１０／１２３４／５６７８", "…"), ("010 — 1234 — 5678", "…"),
        ])
    func cleans(text: String, expected: String) {
        #expect(Redaction.clean(text) == expected)
    }

    @Test(
        "drops what is not seen, and what changes how the rest is seen",
        arguments: [
            ("\u{202e}gpj.exe\u{202c}", "gpj.exe"), ("\u{2066}a\u{2069}\u{200e}b\u{200f}", "ab"),
            ("수신\u{200b}거부\u{feff}", "수신거부"), ("\u{e0041}\u{e007f}a\u{e0000}\u{e0100}", "a"),
            ("차\u{3164}단\u{115f}", "차단"), ("a\u{ad}\u{34f}\u{2060}b", "ab"), ("\u{200b}\u{202e}", ""),
            ("👩\u{200d}💻 ❤\u{fe0f}", "👩💻 ❤\u{fe0f}"), ("각", "각"),
            ("\u{1100}\u{1161}\u{11a8}", "\u{1100}\u{1161}\u{11a8}"),
            ("010\u{200b}1234\u{2060}5678", "…"), ("0\u{200b}\u{200b}\u{200b}\u{200b}1012345678", "…"),
        ])
    func hidden(text: String, expected: String) {
        #expect(Array(Redaction.clean(text).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test("bounds the length")
    func bounds() {
        let long = Redaction.clean(String(repeating: "가", count: 5000))
        #expect(long.count == Redaction.maximumCharacters)
        #expect(long.hasSuffix("…"))
    }
}

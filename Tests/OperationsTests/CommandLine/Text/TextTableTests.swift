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

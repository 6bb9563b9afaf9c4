import FoundationEssentials
import Reconciliation
import Testing

@Suite struct ReportCodeTableTests {
    @Test("the generated table says what the provider's list says")
    func agreesWithTheList() throws {
        let here = String(#filePath).split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(here)/Sources/Reconciliation/Codes/report-codes.tsv"
        let list = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        let lines = list.split(separator: "\n").dropFirst()
        #expect(lines.count > 500)
        #expect(ReportCodeTable.entries.count == lines.count)
        for line in lines {
            let columns = line.split(separator: "\t").map(String.init)
            let entry = ReportCodeTable.entry(for: columns[0])
            #expect(entry?.meaning.rawValue == columns[1])
            #expect(entry?.gloss == columns[2])
        }
    }

    @Test(
        "a code that could be anything is not shown",
        arguments: [
            ("64008", true), ("6ME09", true), ("88888", true), ("A1b2C3d4", true), ("15880000", false),
            ("01000000000", false), ("A12345678", false), ("a b", false), ("<b>", false), ("６４００８", false),
        ])
    func presentable(code: String, isPresentable: Bool) {
        #expect(ReportCode(code)?.isPresentable == isPresentable)
    }

    @Test("the codes that matter most")
    func landmarks() {
        #expect(ReportCode("10000")?.meaning == .delivered)
        #expect(ReportCode("64008")?.meaning == .account)
        #expect(ReportCode("64016")?.meaning == .recipient)
        #expect(ReportCode("6ME09")?.meaning == .uncertain)
        #expect(ReportCode("10001")?.meaning == .unknown)
        #expect(ReportCode("") == nil)
        #expect(ReportCodeTable.entries.values.filter { $0.meaning == .delivered }.count == 1)
    }
}

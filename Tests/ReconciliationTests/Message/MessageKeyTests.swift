import Reconciliation
import Testing

@Suite struct KeySampleTests {
    @Test("all are counted, three are named")
    func bounded() {
        var tally = KeySample()
        for number in 0..<1000 { tally.add(MessageKey("K\(number)")) }
        #expect(tally.count == 1000)
        #expect(tally.examples.map(\.text) == ["K0", "K1", "K2"])
    }

    @Test("two are added up")
    func sum() {
        var first = KeySample()
        first.add(MessageKey("A"))
        var second = KeySample()
        for key in ["B", "C", "D"] { second.add(MessageKey(key)) }
        first.add(second)
        #expect(first.count == 4)
        #expect(first.examples.map(\.text) == ["A", "B", "C"])
    }
}

@Suite struct ScannedReportTests {
    @Test("of what is heard nothing that could be a telephone number is kept")
    func cleaned() {
        let entry = ReportEntry(key: MessageKey("a"), serviceType: "SMS 01012345678", text: "to 01012345678")
        let heard = ScannedReport(entry, askedAt: Timestamp(seconds: 1))
        #expect(heard.entry.serviceType?.contains("0101") == false)
        #expect(heard.entry.text?.contains("0101") == false)
        let nameless = ReportEntry(key: MessageKey("a"), serviceType: "")
        #expect(ScannedReport(nameless, askedAt: Timestamp(seconds: 1)).entry.serviceType == nil)
    }
}

@Suite struct RowTallyTests {
    private func tally(_ rows: some Sequence<Int64>) -> RowTally {
        var tally = RowTally()
        for row in rows { tally.add(RowLocator(row)) }
        return tally
    }

    @Test("of a million rows three are kept, and it is seen whether they are the same")
    func bounded() {
        let many = tally(1...1_000_000)
        #expect(many.count == 1_000_000)
        #expect(many.examples.map(\.number) == [1, 2, 3])
        #expect(MemoryLayout<RowTally>.size <= 24, "nothing in it grows but the examples")
        #expect(many == tally(1...1_000_000))
        #expect(many != tally((1...999_999).map { $0 } + [1_000_001]))
    }
}

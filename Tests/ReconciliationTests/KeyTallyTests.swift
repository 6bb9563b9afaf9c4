import Reconciliation
import Testing

@Suite struct KeyTallyTests {
    @Test("all are counted, three are named")
    func bounded() {
        var tally = KeyTally()
        for number in 0..<1000 { tally.add(MessageKey("K\(number)")) }
        #expect(tally.count == 1000 && tally.examples.map(\.text) == ["K0", "K1", "K2"])
    }

    @Test("two are added up")
    func sum() {
        var first = KeyTally()
        first.add(MessageKey("A"))
        var second = KeyTally()
        for key in ["B", "C", "D"] { second.add(MessageKey(key)) }
        first.add(second)
        #expect(first.count == 4 && first.examples.map(\.text) == ["A", "B", "C"])
    }
}

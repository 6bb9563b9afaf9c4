import Alerting
import Engine
import Reconciliation
import Testing

/// The store's own troubles cannot be kept in the store.
@Loop
struct AlertDeskStoreTroubleTests {
    private let locked = LedgerError(.full, "disk full")

    @Test func `it is told though nothing can be read or written, once, and told to be over`() async {
        let sink = ScriptedSink("a")
        let bench = DeskBench([sink])
        await bench.ledger.fail(reads: locked, writes: locked)
        for _ in 0..<20 {
            bench.desk.storeTrouble(detail: "disk full")
            await bench.pass(.seconds(10))
        }
        #expect(sink.lines == ["StoreTrouble firing 1"])
        #expect(sink.attempts.first?.summary.contains("disk full") == true)
        await bench.ledger.fail()
        bench.desk.storeRecovered()
        bench.desk.storeRecovered()
        await bench.settle()
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
        #expect(await bench.ledger.tellings.isEmpty)
        bench.desk.storeTrouble(detail: "disk full")
        await bench.pass(.seconds(30))
        #expect(sink.lines.last == "StoreTrouble firing 1")
        #expect(sink.attempts.count == 3)
    }

    @Test func `what is over within group_wait is not told`() async {
        let sink = ScriptedSink("a")
        let bench = DeskBench([sink])
        bench.desk.storeTrouble(detail: "database is locked")
        await bench.pass(.seconds(10))
        bench.desk.storeRecovered()
        await bench.pass(.seconds(600))
        #expect(sink.attempts.isEmpty)
    }

    @Test func `recovering from nothing is nothing`() async {
        let sink = ScriptedSink("a")
        let bench = DeskBench([sink])
        bench.desk.storeRecovered()
        await bench.pass(.seconds(600))
        #expect(sink.attempts.isEmpty)
    }

    @Test func `the ledger's alerts are told beside it`() async {
        let sink = ScriptedSink("a")
        let bench = DeskBench([sink])
        bench.desk.storeTrouble(detail: "disk full")
        await bench.observe(deadLetters(2))
        await bench.pass(.seconds(30))
        #expect(sink.lines.sorted() == ["DeadLetters firing 2", "StoreTrouble firing 1"])
    }
}

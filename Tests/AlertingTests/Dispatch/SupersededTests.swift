import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// Who works no more tells nobody anything, but the end of what it alone knows of.
@EventLoop
@Suite struct SupersededTests {
    private let sink = ScriptedSink("a")
    private let superseded = LedgerError(.superseded, "another instance works on the database")

    @Test("nothing is told, logged or tried again") func nothingIsTold() async {
        let bench = DispatcherBench([sink], rules: DispatcherBench.rules.withoutWaiting)
        await bench.ledger.fail(reads: superseded)
        await bench.observe(deadLetters(3))
        await bench.pass(.seconds(3600), inStepsOf: .seconds(60))
        #expect(sink.attempts.isEmpty)
        #expect(bench.log.events.isEmpty)
        #expect(bench.time.pauses.isEmpty)
    }

    @Test("trouble with the store that it has told is over") func troubleIsOver() async {
        let bench = DispatcherBench([sink], rules: DispatcherBench.rules.withoutWaiting)
        await bench.ledger.fail(reads: LedgerError(.unusable, "no connection"))
        bench.alerts.storeTrouble(LedgerError(.unusable, "no connection"))
        await bench.settle()
        await bench.ledger.fail(reads: superseded)
        bench.alerts.storeRecovered()
        await bench.alerts.drain()
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
    }
}

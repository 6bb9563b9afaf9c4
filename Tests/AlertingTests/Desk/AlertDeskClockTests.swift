import Alerting
import Engine
import Reconciliation
import Support
import Testing

/// A machine whose clock ran ahead, by nine hours where Korea's time was read as UTC, and is set right.
@Loop
struct AlertDeskClockTests {
    private let sink = ScriptedSink("a")
    private let nineHours = Duration.seconds(9 * 3600)

    @Test func `what began before the clock was set back is told after group_wait`() async {
        let bench = DeskBench([sink])
        await bench.observe(.holds(AlertIdentity(.providerUnreachable), detail: "HTTP 503"))
        await bench.pass(.seconds(10))
        bench.time.setClock(by: .zero - nineHours)
        await bench.observe(.holds(AlertIdentity(.providerUnreachable), detail: "HTTP 503"))
        await bench.pass(.seconds(31))
        #expect(sink.lines == ["ProviderUnreachable firing 1"])
    }

    @Test func `what was told before the clock was set back is repeated in time, and its end is told`() async {
        let bench = DeskBench([sink])
        let condition = AlertIdentity(.providerUnreachable)
        await bench.observe(.holds(condition, detail: "HTTP 503"))
        await bench.pass(.seconds(60))
        bench.time.setClock(by: .zero - nineHours)
        await bench.observe(.holds(condition, detail: "HTTP 503"))
        await bench.settle()
        await bench.pass(.seconds(4 * 3600 + 1), inStepsOf: .seconds(600))
        #expect(sink.lines == ["ProviderUnreachable firing 1", "ProviderUnreachable repeated 1"])
        await bench.observe(.over(condition))
        await bench.pass(.seconds(601))
        #expect(sink.lines.last == "ProviderUnreachable resolved 1")
    }

    @Test func `a sink that asked for a pause, or failed, before the clock was set back is tried again`() async {
        let bench = DeskBench([sink])
        sink.answer = .failed(detail: "HTTP 429", retryAfter: .seconds(120), permanent: false)
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        #expect(sink.attempts.count == 1)
        bench.time.setClock(by: .zero - nineHours)
        bench.desk.wake()
        await bench.settle()
        await bench.pass(.seconds(119))
        #expect(sink.attempts.count == 1, "the pause is kept")
        sink.answer = .accepted
        await bench.pass(.seconds(2))
        #expect(sink.lines == ["DeadLetters firing 1", "DeadLetters firing 1"])
    }

    @Test func `a pause of an earlier process is no longer for a clock that was set back by less than an hour`() async {
        let first = DeskBench([sink])
        sink.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        await first.observe(deadLetters(1))
        await first.pass(.seconds(30))
        #expect(sink.attempts.count == 1)
        // Also of an earlier process: its pause of ten minutes would last for fifty.
        let second = DeskBench([sink], ledger: first.ledger)
        second.time.setClock(by: .seconds(-40 * 60))
        sink.answer = .accepted
        second.desk.wake()
        await second.settle()
        await second.pass(.seconds(30))
        #expect(sink.lines == ["DeadLetters firing 1", "DeadLetters firing 1"])
    }

    @Test func `trouble with the store that was told before the clock was set back is told to be over`() async {
        let bench = DeskBench([sink])
        bench.desk.storeTrouble(detail: "locked")
        await bench.pass(.seconds(31))
        bench.time.setClock(by: .zero - nineHours)
        bench.desk.storeRecovered()
        await bench.settle()
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
    }
}

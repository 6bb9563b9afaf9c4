import Alerting
import Engine
import Reconciliation
import Support
import Testing

@Loop
struct AlertDeskMeterTests {
    private let sink = ScriptedSink("a")

    @Test func `every attempt is counted by its result`() async {
        let bench = DeskBench([sink])
        sink.answer = .failed(detail: "HTTP 500", retryAfter: nil, permanent: false)
        await bench.observe(deadLetters(3))
        await bench.pass(.seconds(30))
        sink.answer = .accepted
        await bench.pass(.seconds(5))
        #expect(bench.meter.deliveries.filter { $0.sink == "a" }.map(\.isAccepted) == [false, true])
    }

    @Test func `what fires is told, and that it is over`() async {
        let bench = DeskBench([sink])
        await bench.observe(deadLetters(3))
        await bench.settle()
        #expect(bench.meter.firing == [.deadLetters: 1])
        bench.desk.storeTrouble(detail: "locked")
        await bench.settle()
        #expect(bench.meter.firing == [.deadLetters: 1, .storeTrouble: 1], "the desk alone knows of this one")
        bench.desk.storeRecovered()
        await bench.pass(.seconds(86_400), inStepsOf: .seconds(600))
        #expect(bench.meter.firing == [:])
    }
}

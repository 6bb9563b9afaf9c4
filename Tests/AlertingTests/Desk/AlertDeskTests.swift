import Alerting
import Engine
import Reconciliation
import Support
import Testing

@Loop
struct AlertDeskTests {
    private let sink = ScriptedSink("a")

    @Test func `an alert is told after group_wait with what had gathered, repeated, and told to be over`() async {
        let bench = DeskBench([sink])
        await bench.observe(deadLetters(3))
        await bench.pass(.seconds(29))
        #expect(sink.attempts.isEmpty)
        await bench.observe(deadLetters(4))
        await bench.pass(.seconds(1))
        #expect(sink.lines == ["DeadLetters firing 7"])
        await bench.pass(.seconds(60))
        await bench.observe(deadLetters(7))
        await bench.settle()
        #expect(sink.lines.last == "DeadLetters repeated 14")
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(sink.lines == ["DeadLetters firing 7", "DeadLetters repeated 14", "DeadLetters resolved 14"])
        await bench.pass(.seconds(86_400), inStepsOf: .seconds(600))
        #expect(sink.attempts.count == 3)
        #expect(bench.time.pauses.isEmpty, "nothing is armed when nothing fires")
    }

    @Test func `five hundred refusals are one notification with their count, a second after the first`() async {
        let bench = DeskBench([sink])
        let code = ReportCode("64008")!
        for _ in 0..<5 {
            await bench.observe(
                .refused(.accountRefused, code, AlertOccurrence(count: 100), reportedAt: bench.time.now))
            await bench.pass(.milliseconds(100))
        }
        await bench.pass(.seconds(1))
        #expect(sink.lines == ["AccountRefused{code=64008} firing 500"])
        #expect(sink.attempts.first?.summary.contains("account has no usage permission") == true)
        await bench.observe(.delivered(reportedAt: bench.time.now + .seconds(1)))
        await bench.settle()
        #expect(sink.lines.last == "AccountRefused{code=64008} resolved 500")
    }

    @Test func `a sink that hangs delays neither another sink nor the desk's caller`() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        let bench = DeskBench([slow, sink])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        #expect(sink.lines == ["DeadLetters firing 1"])
        #expect(slow.inProgress == 1)
        await bench.observe(.holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(60))
        #expect(sink.lines == ["DeadLetters firing 1", "ProviderRefused firing 1"])
        #expect(slow.attempts.count == 1)
        slow.release()
        await bench.settle()
        #expect(slow.lines == ["DeadLetters firing 1", "ProviderRefused firing 1"])
        #expect(slow.mostInProgress == 1)
    }

    @Test func `the gravest is told first`() async {
        let bench = DeskBench([sink])
        await bench.observe(deadLetters(1), .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        #expect(sink.lines == ["ProviderRefused firing 1", "DeadLetters firing 1"])
    }

    @Test func `a sink is not told of what is below its min_severity`() async {
        let critical = ScriptedSink("critical", minimumSeverity: .critical)
        let bench = DeskBench([critical, sink])
        await bench.observe(deadLetters(1), .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        #expect(critical.lines == ["ProviderRefused firing 1"])
        #expect(sink.attempts.count == 2)
    }

    @Test func `a sink whose min_severity was raised is told the end of what it was told of, and no more`() async {
        let before = DeskBench([ScriptedSink("sink")])
        await before.observe(deadLetters(1))
        await before.pass(.seconds(30))
        let raised = ScriptedSink("sink", minimumSeverity: .critical)
        let bench = DeskBench([raised], ledger: before.ledger)
        bench.time.advance(by: .seconds(60))
        await bench.observe(deadLetters(5))
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(raised.lines == ["DeadLetters resolved 6"])
    }

    @Test func `what the provider's absence causes is not told while that is`() async {
        let bench = DeskBench([sink])
        let aging = AlertIdentity(.pendingAging)
        await bench.observe(
            .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"), .holds(aging, detail: "3 h"))
        await bench.pass(.seconds(60))
        #expect(sink.lines == ["ProviderRefused firing 1"])
        await bench.observe(.over(AlertIdentity(.providerRefused)))
        await bench.settle()
        #expect(sink.lines.suffix(2) == ["ProviderRefused resolved 1", "PendingAging firing 1"])
    }

    @Test func `what was acknowledged is not repeated`() async {
        let bench = DeskBench([sink])
        await bench.observe(.holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        await bench.ledger.acknowledge(AlertIdentity(.providerRefused))
        await bench.pass(.seconds(86_400), inStepsOf: .seconds(600))
        #expect(sink.attempts.count == 1)
        await bench.observe(.over(AlertIdentity(.providerRefused)))
        await bench.settle()
        #expect(sink.lines.last == "ProviderRefused resolved 1")
    }

    @Test func `every attempt is progress, and the log tells of every alert without a log sink`() async {
        let bench = DeskBench([sink])
        #expect(bench.desk.sinkNames == ["a", "log"])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        #expect(bench.progress == 2)
        #expect(bench.log.names == ["alert.fired"])
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(bench.log.names == ["alert.fired", "alert.resolved"])
    }

    @Test func `a configured log sink is the only one`() async {
        let log = RecordingLog()
        let desk = AlertDesk(
            ledger: MemoryAlertLedger(rules: DeskBench.rules),
            sinks: [LogSink(name: "quiet", minimumSeverity: .critical, log: log)], rules: DeskBench.rules,
            identity: DeskIdentity(host: "h", version: "v"), time: ManualTime(), log: log)
        #expect(desk.sinkNames == ["quiet"])
    }

    @Test func `a desk that is stopped tells nothing more`() async {
        let bench = DeskBench([sink])
        await bench.desk.drain()
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(60))
        #expect(sink.attempts.isEmpty)
        #expect(bench.time.pauses.isEmpty)
    }
}

import Alerting
import Engine
import Reconciliation
import Support
import Testing

@EventLoop
struct DispatcherTests {
    private let sink = ScriptedSink("a")

    @Test("an alert is told after group_wait with what had gathered, repeated, and told to be over")
    func told() async {
        let bench = DispatcherBench([sink])
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

    @Test("five hundred refusals are one notification with their count, a second after the first")
    func refusals() async {
        let bench = DispatcherBench([sink])
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

    @Test("a sink that hangs delays neither another sink nor the dispatcher's caller")
    func hanging() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        let bench = DispatcherBench([slow, sink])
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

    @Test("the gravest is told first")
    func gravestFirst() async {
        let bench = DispatcherBench([sink])
        await bench.observe(deadLetters(1), .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        #expect(sink.lines == ["ProviderRefused firing 1", "DeadLetters firing 1"])
    }

    @Test("a sink is not told of what is below its min_severity")
    func minimumSeverity() async {
        let critical = ScriptedSink("critical", minimumSeverity: .critical)
        let bench = DispatcherBench([critical, sink])
        await bench.observe(deadLetters(1), .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        #expect(critical.lines == ["ProviderRefused firing 1"])
        #expect(sink.attempts.count == 2)
    }

    @Test("a sink whose min_severity was raised is told the end of what it was told of, and no more")
    func raisedSeverity() async {
        let before = DispatcherBench([ScriptedSink("sink")])
        await before.observe(deadLetters(1))
        await before.pass(.seconds(30))
        let raised = ScriptedSink("sink", minimumSeverity: .critical)
        let bench = DispatcherBench([raised], ledger: before.ledger)
        bench.time.advance(by: .seconds(60))
        await bench.observe(deadLetters(5))
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(raised.lines == ["DeadLetters resolved 6"])
    }

    @Test("what the provider's absence causes is not told while that is")
    func inhibited() async {
        let bench = DispatcherBench([sink])
        let aging = AlertIdentity(.pendingAging)
        await bench.observe(
            .holds(AlertIdentity(.providerRefused), detail: "HTTP 401"), .holds(aging, detail: "3 h"))
        await bench.pass(.seconds(60))
        #expect(sink.lines == ["ProviderRefused firing 1"])
        await bench.observe(.over(AlertIdentity(.providerRefused)))
        await bench.settle()
        #expect(sink.lines.suffix(2) == ["ProviderRefused resolved 1", "PendingAging firing 1"])
    }

    @Test("what was acknowledged is not repeated")
    func acknowledged() async {
        let bench = DispatcherBench([sink])
        await bench.observe(.holds(AlertIdentity(.providerRefused), detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        await bench.ledger.acknowledge(AlertIdentity(.providerRefused))
        await bench.pass(.seconds(86_400), inStepsOf: .seconds(600))
        #expect(sink.attempts.count == 1)
        await bench.observe(.over(AlertIdentity(.providerRefused)))
        await bench.settle()
        #expect(sink.lines.last == "ProviderRefused resolved 1")
    }

    @Test("every attempt is progress, and the log tells of every alert without a log sink")
    func progress() async {
        let bench = DispatcherBench([sink])
        #expect(bench.alerts.sinkNames == ["a", "log"])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        #expect(bench.progress == 2)
        #expect(bench.log.names == ["alert.fired"])
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(bench.log.names == ["alert.fired", "alert.resolved"])
    }

    @Test("a configured log sink is the only one")
    func logSink() async {
        let log = RecordingLog()
        let alerts = AlertDispatcher(
            ledger: MemoryAlertLedger(rules: DispatcherBench.rules),
            sinks: [LogSink(name: "quiet", minimumSeverity: .critical, log: log)], rules: DispatcherBench.rules,
            sender: Sender(host: "h", version: "v"), time: VirtualTime(), log: log)
        #expect(alerts.sinkNames == ["quiet"])
    }

    @Test("a dispatcher that is stopped tells nothing more")
    func stopped() async {
        let bench = DispatcherBench([sink])
        await bench.alerts.drain()
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(60))
        #expect(sink.attempts.isEmpty)
        #expect(bench.time.pauses.isEmpty)
    }
}

/// The one-pass command.
@EventLoop
struct DispatcherFlushTests {
    private var rules: AlertRules { DispatcherBench.rules.withoutWaiting }

    @Test("one notification an alert, with the full count, without waiting")
    func once() async {
        let sinks = [ScriptedSink("a"), ScriptedSink("b")]
        let bench = DispatcherBench(sinks, rules: rules)
        // As the commits of one pass come: nobody is woken in between.
        for _ in 0..<10 {
            try? await bench.ledger.observe([deadLetters(100)], at: bench.time.now)
            try? await bench.ledger.observe(
                [
                    .refused(
                        .accountRefused, ReportCode("64008")!, AlertOccurrence(count: 50), reportedAt: bench.time.now)
                ],
                at: bench.time.now)
        }
        await bench.alerts.flush()
        for sink in sinks {
            #expect(sink.lines == ["AccountRefused{code=64008} firing 500", "DeadLetters firing 1000"])
        }
        #expect(bench.time.pauses.isEmpty)
        await bench.alerts.flush()
        #expect(sinks[0].attempts.count == 2)
    }

    @Test("with nothing to tell it ends at once")
    func nothing() async {
        let bench = DispatcherBench([ScriptedSink("a")], rules: rules)
        await bench.alerts.flush()
        #expect(bench.sinks[0].attempts.isEmpty)
    }

    @Test("what a sink does not take is tried once and stays in the outbox")
    func notTaken() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "time-out", retryAfter: nil, permanent: false)
        let good = ScriptedSink("good")
        let bench = DispatcherBench([bad, good], rules: rules)
        try? await bench.ledger.observe([deadLetters(1)], at: bench.time.now)
        await bench.alerts.flush()
        #expect(bad.attempts.count == 1)
        #expect(good.attempts.count == 1)
        #expect(await bench.ledger.telling(AlertIdentity(.deadLetters), "bad")?.failures == 1)
        bad.answer = .accepted
        bench.time.advance(by: .seconds(60))
        await bench.alerts.flush()
        #expect(bad.attempts.count == 2)
        #expect(good.attempts.count == 1)
    }

    @Test("a sink that can never work is told to the others in the same pass")
    func neverWorks() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let good = ScriptedSink("good")
        let bench = DispatcherBench([bad, good], rules: rules)
        try? await bench.ledger.observe([deadLetters(1)], at: bench.time.now)
        await bench.alerts.flush()
        #expect(bad.attempts.count == 1)
        #expect(good.lines == ["DeadLetters firing 1", "SinkFailing{sink=bad} firing 1"])
    }

    @Test("it waits for the slowest, and no sink for another")
    func slowest() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        let good = ScriptedSink("good")
        let bench = DispatcherBench([slow, good], rules: rules)
        try? await bench.ledger.observe(
            [deadLetters(1), .occurred(.lateReports, AlertOccurrence(count: 1))], at: bench.time.now)
        let flushed = EventLoop.task { await bench.alerts.flush() }
        await bench.settle()
        #expect(good.attempts.count == 2)
        #expect(slow.attempts.count == 1)
        slow.release()
        await flushed.value
        #expect(slow.attempts.count == 2)
    }

    @Test("a sink that hung and took nothing is left alone for the rest of it")
    func leftAlone() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        slow.answer = .failed(detail: "no answer within 10s", retryAfter: nil, permanent: false)
        let bench = DispatcherBench([slow, ScriptedSink("good")], rules: rules)
        try? await bench.ledger.observe(
            [deadLetters(1), .occurred(.lateReports, AlertOccurrence(count: 1))], at: bench.time.now)
        let flushed = EventLoop.task { await bench.alerts.flush() }
        await bench.settle()
        bench.time.advance(by: .seconds(10))
        slow.release()
        await flushed.value
        #expect(slow.attempts.count == 1)
        #expect(bench.sinks[1].attempts.count == 2)
        await bench.alerts.flush()
        #expect(slow.attempts.map(\.name) == ["DeadLetters", "LateReports"], "the next pass goes on")
    }

    @Test("an unreadable store ends it too")
    func unreadable() async {
        let bench = DispatcherBench([ScriptedSink("a")], rules: rules)
        await bench.ledger.fail(reads: LedgerError(.busy, "locked"), writes: LedgerError(.busy, "locked"))
        await bench.alerts.flush()
        #expect(bench.sinks[0].attempts.isEmpty)
    }
}

@EventLoop
struct DispatcherMetricsTests {
    private let sink = ScriptedSink("a")

    @Test("every attempt is counted by its result")
    func attempts() async {
        let bench = DispatcherBench([sink])
        sink.answer = .failed(detail: "HTTP 500", retryAfter: nil, permanent: false)
        await bench.observe(deadLetters(3))
        await bench.pass(.seconds(30))
        sink.answer = .accepted
        await bench.pass(.seconds(5))
        #expect(bench.meter.deliveries.filter { $0.sink == "a" }.map(\.isAccepted) == [false, true])
    }

    @Test("what fires is told, and that it is over")
    func firing() async {
        let bench = DispatcherBench([sink])
        await bench.observe(deadLetters(3))
        await bench.settle()
        #expect(bench.meter.firing == [.deadLetters: 1])
        bench.alerts.storeTrouble(LedgerError(.full, "locked"))
        await bench.settle()
        #expect(bench.meter.firing == [.deadLetters: 1, .storeTrouble: 1], "the dispatcher alone knows of this one")
        bench.alerts.storeRecovered()
        await bench.pass(.seconds(86_400), inStepsOf: .seconds(600))
        #expect(bench.meter.firing == [:])
    }
}

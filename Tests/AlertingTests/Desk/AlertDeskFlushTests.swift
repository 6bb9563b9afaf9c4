import Alerting
import Engine
import Reconciliation
import Testing

/// The one-pass command.
@Loop
struct AlertDeskFlushTests {
    private var rules: AlertRules { DeskBench.rules.withoutWaiting }

    @Test func `one notification an alert, with the full count, without waiting`() async {
        let sinks = [ScriptedSink("a"), ScriptedSink("b")]
        let bench = DeskBench(sinks, rules: rules)
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
        await bench.desk.flush()
        for sink in sinks {
            #expect(sink.lines == ["AccountRefused{code=64008} firing 500", "DeadLetters firing 1000"])
        }
        #expect(bench.time.pauses.isEmpty)
        await bench.desk.flush()
        #expect(sinks[0].attempts.count == 2)
    }

    @Test func `with nothing to tell it ends at once`() async {
        let bench = DeskBench([ScriptedSink("a")], rules: rules)
        await bench.desk.flush()
        #expect(bench.sinks[0].attempts.isEmpty)
    }

    @Test func `what a sink does not take is tried once and stays in the outbox`() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "time-out", retryAfter: nil, permanent: false)
        let good = ScriptedSink("good")
        let bench = DeskBench([bad, good], rules: rules)
        try? await bench.ledger.observe([deadLetters(1)], at: bench.time.now)
        await bench.desk.flush()
        #expect(bad.attempts.count == 1)
        #expect(good.attempts.count == 1)
        #expect(await bench.ledger.telling(AlertIdentity(.deadLetters), "bad")?.failures == 1)
        bad.answer = .accepted
        bench.time.advance(by: .seconds(60))
        await bench.desk.flush()
        #expect(bad.attempts.count == 2)
        #expect(good.attempts.count == 1)
    }

    @Test func `a sink that can never work is told to the others in the same pass`() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let good = ScriptedSink("good")
        let bench = DeskBench([bad, good], rules: rules)
        try? await bench.ledger.observe([deadLetters(1)], at: bench.time.now)
        await bench.desk.flush()
        #expect(bad.attempts.count == 1)
        #expect(good.lines == ["DeadLetters firing 1", "SinkFailing{sink=bad} firing 1"])
    }

    @Test func `it waits for the slowest, and no sink for another`() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        let good = ScriptedSink("good")
        let bench = DeskBench([slow, good], rules: rules)
        try? await bench.ledger.observe(
            [deadLetters(1), .occurred(.lateReports, AlertOccurrence(count: 1))], at: bench.time.now)
        let flushed = Task { await bench.desk.flush() }
        await bench.settle()
        #expect(good.attempts.count == 2)
        #expect(slow.attempts.count == 1)
        slow.release()
        await flushed.value
        #expect(slow.attempts.count == 2)
    }

    @Test func `a sink that hung and took nothing is left alone for the rest of it`() async {
        let slow = ScriptedSink("slow")
        slow.hangs = true
        slow.answer = .failed(detail: "no answer within 10s", retryAfter: nil, permanent: false)
        let bench = DeskBench([slow, ScriptedSink("good")], rules: rules)
        try? await bench.ledger.observe(
            [deadLetters(1), .occurred(.lateReports, AlertOccurrence(count: 1))], at: bench.time.now)
        let flushed = Task { await bench.desk.flush() }
        await bench.settle()
        bench.time.advance(by: .seconds(10))
        slow.release()
        await flushed.value
        #expect(slow.attempts.count == 1 && bench.sinks[1].attempts.count == 2)
        await bench.desk.flush()
        #expect(slow.attempts.map(\.name) == ["DeadLetters", "LateReports"], "the next pass goes on")
    }

    @Test func `an unreadable store ends it too`() async {
        let bench = DeskBench([ScriptedSink("a")], rules: rules)
        await bench.ledger.fail(reads: LedgerError(.busy, "locked"), writes: LedgerError(.busy, "locked"))
        await bench.desk.flush()
        #expect(bench.sinks[0].attempts.isEmpty)
    }
}

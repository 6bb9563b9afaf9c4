import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// Sinks that do not take what they are told.
@Loop
struct AlertDeskFailureTests {
    private let failing = AlertIdentity(.sinkFailing, labels: ["sink": "bad"])
    private let passing = Delivery.failed(detail: "HTTP 503", retryAfter: nil, permanent: false)

    @Test func `it is tried again after 5 s, 10 s, 20 s and so on, up to ten minutes`() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let bench = DeskBench([bad])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        var counts: [Int] = []
        for pause in [5, 10, 20, 40, 80, 160, 320, 600, 600] {
            await bench.pass(.seconds(pause - 1))
            counts.append(bad.attempts.count)
            await bench.pass(.seconds(1))
        }
        #expect(counts == Array(1...9))
        #expect(bad.attempts.count == 10)
    }

    @Test func `Retry-After is obeyed, for everything the sink is told, up to an hour`() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 429", retryAfter: .seconds(300), permanent: false)
        let bench = DeskBench([bad])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        await bench.observe(.occurred(.lateReports, AlertOccurrence(count: 1)))
        await bench.pass(.seconds(299), inStepsOf: .seconds(23))
        #expect(bad.attempts.count == 1)
        bad.answer = .failed(detail: "HTTP 429", retryAfter: .seconds(7 * 86_400), permanent: false)
        await bench.pass(.seconds(1))
        #expect(bad.attempts.count == 2)
        await bench.pass(.seconds(3599), inStepsOf: .seconds(300))
        #expect(bad.attempts.count == 2)
        await bench.pass(.seconds(1))
        #expect(bad.attempts.count == 3)
    }

    @Test func `three failures in a row are told to the other sinks, and so is the recovery`() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let good = ScriptedSink("good")
        let bench = DeskBench([bad, good])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        await bench.pass(.seconds(5))
        #expect(good.lines == ["DeadLetters firing 1"])
        await bench.pass(.seconds(10))
        await bench.pass(.seconds(30))
        #expect(good.lines == ["DeadLetters firing 1", "SinkFailing{sink=bad} firing 1"])
        #expect(good.attempts.last?.summary.contains("HTTP 503") == true)
        #expect(bad.attempts.allSatisfy { $0.dedupKey != failing.dedupKey })
        bad.answer = .accepted
        await bench.pass(.seconds(40))
        #expect(good.lines.last == "SinkFailing{sink=bad} resolved 1")
        #expect(bad.lines.last == "DeadLetters firing 1")
        #expect(bad.attempts.allSatisfy { $0.dedupKey != failing.dedupKey })
    }

    @Test func `a permanent failure is told at once, and tried again all the same`() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let good = ScriptedSink("good")
        let bench = DeskBench([bad, good])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        await bench.pass(.seconds(30))
        #expect(good.lines.last == "SinkFailing{sink=bad} firing 1")
        await bench.pass(.seconds(569))
        #expect(bad.attempts.count == 1)
        await bench.pass(.seconds(1))
        #expect(bad.attempts.count == 2)
    }

    @Test func `when it fails in another way, people are given the other remedy`() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let good = ScriptedSink("good")
        let bench = DeskBench([bad, good])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(60), inStepsOf: .seconds(5))
        #expect(await bench.ledger.alerts[failing]?.detail == "HTTP 503")
        bad.answer = .failed(detail: "HTTP 404", cause: .address, retryAfter: nil, permanent: true)
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(60))
        #expect(await bench.ledger.alerts[failing]?.detail == "HTTP 404")
        #expect(good.lines.filter { $0.contains("SinkFailing") }.count == 2, "told, and repeated in its time")
        #expect(good.attempts.last { $0.name == "SinkFailing" }?.summary.contains("url_file") == true)
    }

    @Test func `every failure is logged without anything the receiver said`() async throws {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let bench = DeskBench([bad])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        let event = try #require(bench.log.events.first { $0.name == "alert.delivery_failed" })
        #expect(event.level == .warn)
        #expect(
            event.fields == [
                LogField("sink", .string("bad")), LogField("alert", .string("DeadLetters")),
                LogField("failures", .integer(1)), LogField("detail", .string("HTTP 503")),
            ])
    }

    @Test func `failures of an earlier run count`() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        var bench = DeskBench([bad])
        let ledger = bench.ledger
        await bench.observe(deadLetters(1))
        for run in 0..<3 {
            bench = DeskBench([bad], ledger: ledger)
            bench.time.advance(by: .seconds(100 * (run + 1)))
            await bench.desk.flush()
        }
        #expect(bad.attempts.count == 3)
        #expect(await ledger.alerts[failing]?.isFiring == true)
    }

    @Test func `what is left of a sink that is no longer configured ends`() async throws {
        let bench = DeskBench([ScriptedSink("good")])
        await bench.observe(.holds(failing, detail: "HTTP 404", cause: .address))
        await bench.settle()
        let alert = try #require(await bench.ledger.alerts[failing])
        #expect(alert.state == .resolved)
        #expect(Summaries.text(alert, .resolved, in: .english).hasPrefix("The sink bad is not configured any more."))
    }

    @Test func `a sink's failure is noted when the store can be written again`() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let bench = DeskBench([bad])
        await bench.observe(deadLetters(1))
        await bench.ledger.fail(writes: LedgerError(.busy, "database is locked"))
        await bench.pass(.seconds(30))
        #expect(await bench.ledger.alerts[failing] == nil)
        await bench.ledger.fail()
        await bench.pass(.seconds(60))
        #expect(await bench.ledger.alerts[failing]?.isFiring == true)
    }
}

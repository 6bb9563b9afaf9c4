import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// Sinks that do not take what they are told.
@EventLoop
struct DispatcherFailureTests {
    private let failing = AlertIdentity(.sinkFailing, labels: ["sink": "bad"])
    private let passing = Delivery.failed(detail: "HTTP 503", retryAfter: nil, permanent: false)

    @Test("it is tried again after 5 s, 10 s, 20 s and so on, up to ten minutes")
    func tries() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let bench = DispatcherBench([bad])
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

    @Test("a sink that was away for hours hears of all that happened meanwhile, though it was over in between")
    func awayForHours() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let bench = DispatcherBench([bad])
        for count in [200, 3] {
            await bench.observe(deadLetters(count))
            await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        }
        bad.answer = .accepted
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(600))
        #expect(bad.lines.last == "DeadLetters firing 204")
    }

    @Test("Retry-After is obeyed, for everything the sink is told, up to an hour")
    func retryAfter() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 429", retryAfter: .seconds(300), permanent: false)
        let bench = DispatcherBench([bad])
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

    @Test("three failures in a row are told to the other sinks, and so is the recovery")
    func threeInARow() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let good = ScriptedSink("good")
        let bench = DispatcherBench([bad, good])
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

    @Test("a permanent failure is told at once, and tried again all the same")
    func permanent() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let good = ScriptedSink("good")
        let bench = DispatcherBench([bad, good])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        await bench.pass(.seconds(30))
        #expect(good.lines.last == "SinkFailing{sink=bad} firing 1")
        await bench.pass(.seconds(569))
        #expect(bad.attempts.count == 1)
        await bench.pass(.seconds(1))
        #expect(bad.attempts.count == 2)
    }

    @Test("when it fails in another way, people are given the other remedy")
    func otherRemedy() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let good = ScriptedSink("good")
        let bench = DispatcherBench([bad, good])
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(60), inStepsOf: .seconds(5))
        #expect(await bench.ledger.alerts[failing]?.detail == "HTTP 503")
        bad.answer = .failed(detail: "HTTP 404", cause: .address, retryAfter: nil, permanent: true)
        await bench.pass(.seconds(5 * 3600), inStepsOf: .seconds(60))
        #expect(await bench.ledger.alerts[failing]?.detail == "HTTP 404")
        #expect(good.lines.filter { $0.contains("SinkFailing") }.count == 2, "told, and repeated in its time")
        #expect(good.attempts.last { $0.name == "SinkFailing" }?.summary.contains("url_file") == true)
    }

    @Test("every failure is logged without anything the receiver said")
    func logged() async throws {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        let bench = DispatcherBench([bad])
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

    @Test("failures of an earlier run count")
    func earlierFailures() async {
        let bad = ScriptedSink("bad")
        bad.answer = passing
        var bench = DispatcherBench([bad])
        let ledger = bench.ledger
        await bench.observe(deadLetters(1))
        for run in 0..<3 {
            bench = DispatcherBench([bad], ledger: ledger)
            bench.time.advance(by: .seconds(100 * (run + 1)))
            await bench.alerts.flush()
        }
        #expect(bad.attempts.count == 3)
        #expect(await ledger.alerts[failing]?.isFiring == true)
    }

    @Test("what is left of a sink that is no longer configured ends")
    func goneSink() async throws {
        let bench = DispatcherBench([ScriptedSink("good")])
        await bench.observe(.holds(failing, detail: "HTTP 404", cause: .address))
        await bench.settle()
        let alert = try #require(await bench.ledger.alerts[failing])
        #expect(alert.state == .resolved)
        #expect(Summaries.text(alert, .resolved, in: .english).hasPrefix("The sink bad is not configured any more."))
    }

    @Test("a sink's failure is noted when the store can be written again")
    func notedLater() async {
        let bad = ScriptedSink("bad")
        bad.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let bench = DispatcherBench([bad])
        await bench.observe(deadLetters(1))
        await bench.ledger.fail(writes: LedgerError(.busy, "database is locked"))
        await bench.pass(.seconds(30))
        #expect(await bench.ledger.alerts[failing] == nil)
        await bench.ledger.fail()
        await bench.pass(.seconds(60))
        #expect(await bench.ledger.alerts[failing]?.isFiring == true)
    }
}

/// What survives the process: the ledger, and nothing else.
@EventLoop
struct DispatcherRestartTests {
    @Test("a crash between the sink's word and the record repeats the notification at worst")
    func crash() async {
        let sink = ScriptedSink("a")
        let first = DispatcherBench([sink])
        await first.observe(deadLetters(2))
        await first.ledger.fail(writes: LedgerError(.busy, "locked"))
        await first.pass(.seconds(30))
        #expect(sink.lines == ["DeadLetters firing 2"])
        // The first dispatcher is forgotten with what it remembers.
        await first.ledger.fail()
        let second = DispatcherBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(31))
        second.alerts.wake()
        await second.settle()
        #expect(sink.lines == ["DeadLetters firing 2", "DeadLetters firing 2"])
        second.alerts.wake()
        await second.settle()
        #expect(sink.attempts.count == 2)
    }

    @Test("a sink that took a notification in the instant before a kill is told of its end", arguments: [false, true])
    func killed(isOverByThen: Bool) async {
        let condition = AlertIdentity(.providerRefused)
        let sink = ScriptedSink("a")
        sink.hangs = true
        let first = DispatcherBench([sink])
        await first.observe(.holds(condition, detail: "HTTP 401"))
        await first.pass(.seconds(30))
        #expect(sink.lines == ["ProviderRefused firing 1"])
        // The process is killed: whatever the sink says, the first dispatcher does not note it.
        await first.ledger.fail(writes: LedgerError(.unexpected, "killed"))
        sink.release()
        await first.settle()
        await first.ledger.fail()

        let second = DispatcherBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(60))
        if isOverByThen { await second.observe(.over(condition)) } else { second.alerts.wake() }
        await second.settle()
        #expect(sink.lines.dropFirst() == ["ProviderRefused \(isOverByThen ? "resolved" : "firing") 1"])
        await second.observe(.over(condition))
        await second.pass(.seconds(3600), inStepsOf: .seconds(600))
        #expect(sink.lines.last == "ProviderRefused resolved 1")
        #expect(sink.attempts.count == (isOverByThen ? 2 : 3))
    }

    @Test("a condition that the sink did not take, and that is over, is not told")
    func notTaken() async {
        let condition = AlertIdentity(.providerRefused)
        let sink = ScriptedSink("a")
        sink.answer = .failed(detail: "HTTP 503", retryAfter: nil, permanent: false)
        let bench = DispatcherBench([sink])
        await bench.observe(.holds(condition, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        sink.answer = .accepted
        await bench.observe(.over(condition))
        await bench.pass(.seconds(600), inStepsOf: .seconds(60))
        #expect(sink.lines == ["ProviderRefused firing 1"])
    }

    @Test("a restarted dispatcher goes on where the other ended")
    func restart() async {
        let taken = ScriptedSink("taken")
        let missed = ScriptedSink("missed")
        missed.answer = .failed(detail: "HTTP 503", retryAfter: nil, permanent: false)
        let first = DispatcherBench([taken, missed])
        await first.observe(deadLetters(2))
        await first.pass(.seconds(30))
        await first.alerts.drain()
        #expect(taken.attempts.count == 1)
        #expect(missed.attempts.count == 1)

        missed.answer = .accepted
        let second = DispatcherBench([taken, missed], ledger: first.ledger)
        second.time.advance(by: .seconds(30))
        second.alerts.wake()
        await second.settle()
        #expect(missed.attempts.count == 1, "not before its pause is over")
        await second.pass(.seconds(5))
        #expect(missed.attempts.count == 2)
        #expect(taken.attempts.count == 1, "it knows")
        await second.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(taken.lines == ["DeadLetters firing 2", "DeadLetters resolved 2"])
    }

    @Test("a locked store does not make a sink hear the same again and again")
    func locked() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        await bench.observe(deadLetters(2))
        await bench.ledger.fail(writes: LedgerError(.busy, "database is locked"))
        await bench.pass(.seconds(30))
        await bench.pass(.seconds(600), inStepsOf: .seconds(5))
        #expect(sink.attempts.count == 1)
        let recordings = await bench.ledger.recordings
        #expect(recordings > 5, "tried again and again")
        #expect(recordings < 100, "with pauses")
        await bench.ledger.fail()
        await bench.pass(.seconds(60))
        #expect(await bench.ledger.telling(AlertIdentity(.deadLetters), "a")?.toldCount == 2)
        #expect(sink.attempts.count == 1)
        #expect(bench.log.names.sorted() == ["alert.fired", "store.busy", "store.recovered"])
        #expect(bench.log.names.last == "store.recovered")
    }

    @Test("a full disk is not logged as a lock")
    func fullDisk() async throws {
        let bench = DispatcherBench([ScriptedSink("a")])
        await bench.observe(deadLetters(2))
        await bench.ledger.fail(writes: LedgerError(.full, "database or disk is full"))
        await bench.pass(.seconds(30))
        #expect(bench.log.names.sorted() == ["alert.fired", "cycle.failed"])
        let event = try #require(bench.log.events.first { $0.name == "cycle.failed" })
        #expect(event.level == .error)
        #expect(event.fields.first == LogField("reason", .string("store_full")))
        #expect(event.fields.last == LogField("by", .string("alerts")))
    }

    @Test("at shutdown what is due is told, what is not waits in the outbox")
    func shutdown() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        let bench = DispatcherBench([sink])
        await bench.observe(
            .refused(.accountRefused, ReportCode("64008")!, AlertOccurrence(count: 1), reportedAt: bench.time.now))
        bench.time.advance(by: .seconds(2))
        await bench.observe(deadLetters(2))
        let drained = EventLoop.task { await bench.alerts.drain() }
        await bench.settle()
        sink.release()
        await drained.value
        #expect(sink.lines == ["AccountRefused{code=64008} firing 1"])
    }

    @Test("what is broken off stays in the outbox and says nothing of its sink")
    func brokenOff() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        sink.answer = .failed(detail: "cancelled", retryAfter: nil, permanent: false)
        let bench = DispatcherBench([sink])
        await bench.observe(deadLetters(2))
        bench.time.advance(by: .seconds(31))
        let drained = EventLoop.task { await bench.alerts.drain(within: .seconds(10)) }
        await bench.settle()
        #expect(bench.alerts.breakOff() == 1)
        sink.release()
        await drained.value
        #expect(sink.attempts.count == 1)
        #expect(!bench.log.names.contains("alert.delivery_failed"))
        #expect(bench.alerts.breakOff() == 0)
    }

    @Test("a hanging sink holds up the shutdown no longer than the bound")
    func hanging() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        let other = ScriptedSink("b")
        let bench = DispatcherBench([sink, other])
        await bench.observe(deadLetters(2), .occurred(.lateReports, AlertOccurrence(count: 1)))
        bench.time.advance(by: .seconds(31))
        let drained = EventLoop.task { await bench.alerts.drain(within: .seconds(10)) }
        await bench.settle()
        #expect(other.attempts.count == 2)
        await bench.pass(.seconds(10))
        await drained.value
        sink.release()
        await bench.settle()
        #expect(sink.attempts.count == 1)
    }
}

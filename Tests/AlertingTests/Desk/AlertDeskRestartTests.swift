import Alerting
import Engine
import Reconciliation
import Support
import Testing

/// What survives the process: the ledger, and nothing else.
@Loop
struct AlertDeskRestartTests {
    @Test func `a crash between the sink's word and the record repeats the notification at worst`() async {
        let sink = ScriptedSink("a")
        let first = DeskBench([sink])
        await first.observe(deadLetters(2))
        await first.ledger.fail(writes: LedgerError(.busy, "locked"))
        await first.pass(.seconds(30))
        #expect(sink.lines == ["DeadLetters firing 2"])
        // The first desk is forgotten with what it remembers.
        await first.ledger.fail()
        let second = DeskBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(31))
        second.desk.wake()
        await second.settle()
        #expect(sink.lines == ["DeadLetters firing 2", "DeadLetters firing 2"])
        second.desk.wake()
        await second.settle()
        #expect(sink.attempts.count == 2)
    }

    @Test(arguments: [false, true])
    func `a sink that took a notification in the instant before a kill is told of its end`(isOverByThen: Bool) async {
        let condition = AlertIdentity(.providerRefused)
        let sink = ScriptedSink("a")
        sink.hangs = true
        let first = DeskBench([sink])
        await first.observe(.holds(condition, detail: "HTTP 401"))
        await first.pass(.seconds(30))
        #expect(sink.lines == ["ProviderRefused firing 1"])
        // The process is killed: whatever the sink says, the first desk does not note it.
        await first.ledger.fail(writes: LedgerError(.unexpected, "killed"))
        sink.release()
        await first.settle()
        await first.ledger.fail()

        let second = DeskBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(60))
        if isOverByThen { await second.observe(.over(condition)) } else { second.desk.wake() }
        await second.settle()
        #expect(sink.lines.dropFirst() == ["ProviderRefused \(isOverByThen ? "resolved" : "firing") 1"])
        await second.observe(.over(condition))
        await second.pass(.seconds(3600), inStepsOf: .seconds(600))
        #expect(sink.lines.last == "ProviderRefused resolved 1" && sink.attempts.count == (isOverByThen ? 2 : 3))
    }

    @Test func `a condition that the sink did not take, and that is over, is not told`() async {
        let condition = AlertIdentity(.providerRefused)
        let sink = ScriptedSink("a")
        sink.answer = .failed(detail: "HTTP 503", retryAfter: nil, permanent: false)
        let bench = DeskBench([sink])
        await bench.observe(.holds(condition, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        sink.answer = .accepted
        await bench.observe(.over(condition))
        await bench.pass(.seconds(600), inStepsOf: .seconds(60))
        #expect(sink.lines == ["ProviderRefused firing 1"])
    }

    @Test func `a restarted desk goes on where the other ended`() async {
        let taken = ScriptedSink("taken")
        let missed = ScriptedSink("missed")
        missed.answer = .failed(detail: "HTTP 503", retryAfter: nil, permanent: false)
        let first = DeskBench([taken, missed])
        await first.observe(deadLetters(2))
        await first.pass(.seconds(30))
        await first.desk.drain()
        #expect(taken.attempts.count == 1)
        #expect(missed.attempts.count == 1)

        missed.answer = .accepted
        let second = DeskBench([taken, missed], ledger: first.ledger)
        second.time.advance(by: .seconds(30))
        second.desk.wake()
        await second.settle()
        #expect(missed.attempts.count == 1, "not before its pause is over")
        await second.pass(.seconds(5))
        #expect(missed.attempts.count == 2)
        #expect(taken.attempts.count == 1, "it knows")
        await second.pass(.seconds(5 * 3600), inStepsOf: .seconds(600))
        #expect(taken.lines == ["DeadLetters firing 2", "DeadLetters resolved 2"])
    }

    @Test func `a locked store does not make a sink hear the same again and again`() async {
        let sink = ScriptedSink("a")
        let bench = DeskBench([sink])
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
        #expect(bench.log.names == ["alert.fired", "store.busy", "store.recovered"])
    }

    @Test func `a full disk is not logged as a lock`() async throws {
        let bench = DeskBench([ScriptedSink("a")])
        await bench.observe(deadLetters(2))
        await bench.ledger.fail(writes: LedgerError(.full, "database or disk is full"))
        await bench.pass(.seconds(30))
        #expect(bench.log.names == ["alert.fired", "cycle.failed"])
        let event = try #require(bench.log.events.last)
        #expect(event.level == .error && event.fields.first == LogField("reason", .string("store_full")))
        #expect(event.fields.last == LogField("by", .string("alerts")))
    }

    @Test func `at shutdown what is due is told, what is not waits in the outbox`() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        let bench = DeskBench([sink])
        await bench.observe(
            .refused(.accountRefused, ReportCode("64008")!, AlertOccurrence(count: 1), reportedAt: bench.time.now))
        bench.time.advance(by: .seconds(2))
        await bench.observe(deadLetters(2))
        let drained = Task { await bench.desk.drain() }
        await bench.settle()
        sink.release()
        await drained.value
        #expect(sink.lines == ["AccountRefused{code=64008} firing 1"])
    }

    @Test func `what is broken off stays in the outbox and says nothing of its sink`() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        sink.answer = .failed(detail: "cancelled", retryAfter: nil, permanent: false)
        let bench = DeskBench([sink])
        await bench.observe(deadLetters(2))
        bench.time.advance(by: .seconds(31))
        let drained = Task { await bench.desk.drain(within: .seconds(10)) }
        await bench.settle()
        #expect(bench.desk.breakOff() == 1)
        sink.release()
        await drained.value
        #expect(sink.attempts.count == 1)
        #expect(!bench.log.names.contains("alert.delivery_failed"))
        #expect(bench.desk.breakOff() == 0)
    }

    @Test func `a hanging sink holds up the shutdown no longer than the bound`() async {
        let sink = ScriptedSink("a")
        sink.hangs = true
        let other = ScriptedSink("b")
        let bench = DeskBench([sink, other])
        await bench.observe(deadLetters(2), .occurred(.lateReports, AlertOccurrence(count: 1)))
        bench.time.advance(by: .seconds(31))
        let drained = Task { await bench.desk.drain(within: .seconds(10)) }
        await bench.settle()
        #expect(other.attempts.count == 2)
        await bench.pass(.seconds(10))
        await drained.value
        sink.release()
        await bench.settle()
        #expect(sink.attempts.count == 1)
    }
}

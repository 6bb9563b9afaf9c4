import Alerting
import Engine
import Reconciliation
import Support
import Testing

/// A machine whose clock ran ahead, by nine hours where Korea's time was read as UTC, and is set right.
@EventLoop
struct DispatcherClockTests {
    private let sink = ScriptedSink("a")
    private let nineHours = Duration.seconds(9 * 3600)

    @Test("what began before the clock was set back is told after group_wait")
    func begun() async {
        let bench = DispatcherBench([sink])
        await bench.observe(.holds(AlertIdentity(.providerUnreachable), detail: "HTTP 503"))
        await bench.pass(.seconds(10))
        bench.time.set(bench.time.now - nineHours)
        await bench.observe(.holds(AlertIdentity(.providerUnreachable), detail: "HTTP 503"))
        await bench.pass(.seconds(31))
        #expect(sink.lines == ["ProviderUnreachable firing 1"])
    }

    @Test("what was told before the clock was set back is repeated in time, and its end is told")
    func told() async {
        let bench = DispatcherBench([sink])
        let condition = AlertIdentity(.providerUnreachable)
        await bench.observe(.holds(condition, detail: "HTTP 503"))
        await bench.pass(.seconds(60))
        bench.time.set(bench.time.now - nineHours)
        await bench.observe(.holds(condition, detail: "HTTP 503"))
        await bench.settle()
        await bench.pass(.seconds(4 * 3600 + 1), inStepsOf: .seconds(600))
        #expect(sink.lines == ["ProviderUnreachable firing 1", "ProviderUnreachable repeated 1"])
        await bench.observe(.over(condition))
        await bench.pass(.seconds(601))
        #expect(sink.lines.last == "ProviderUnreachable resolved 1")
    }

    @Test("a sink that asked for a pause, or failed, before the clock was set back is tried again")
    func pause() async {
        let bench = DispatcherBench([sink])
        sink.answer = .failed(detail: "HTTP 429", retryAfter: .seconds(120), permanent: false)
        await bench.observe(deadLetters(1))
        await bench.pass(.seconds(30))
        #expect(sink.attempts.count == 1)
        bench.time.set(bench.time.now - nineHours)
        bench.alerts.wake()
        await bench.settle()
        await bench.pass(.seconds(119))
        #expect(sink.attempts.count == 1, "the pause is kept")
        sink.answer = .accepted
        await bench.pass(.seconds(2))
        #expect(sink.lines == ["DeadLetters firing 1", "DeadLetters firing 1"])
    }

    @Test("a pause of an earlier process is no longer for a clock that was set back by less than an hour")
    func earlierPause() async {
        let first = DispatcherBench([sink])
        sink.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        await first.observe(deadLetters(1))
        await first.pass(.seconds(30))
        #expect(sink.attempts.count == 1)
        // Also of an earlier process: its pause of ten minutes would last for fifty.
        let second = DispatcherBench([sink], ledger: first.ledger)
        second.time.set(second.time.now + .seconds(-40 * 60))
        sink.answer = .accepted
        second.alerts.wake()
        await second.settle()
        await second.pass(.seconds(30))
        #expect(sink.lines == ["DeadLetters firing 1", "DeadLetters firing 1"])
    }

    @Test("trouble with the store that was told before the clock was set back is told to be over")
    func storeTrouble() async {
        let bench = DispatcherBench([sink])
        bench.alerts.storeTrouble(LedgerError(.full, "locked"))
        await bench.pass(.seconds(31))
        bench.time.set(bench.time.now - nineHours)
        bench.alerts.storeRecovered()
        await bench.settle()
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
    }
}

/// Sinks whose receiver takes an alert to be over when it hears no more of it.
@EventLoop
struct DispatcherRefreshTests {
    private let sink = ScriptedSink("am", refreshEvery: .seconds(60))
    private let other = ScriptedSink("other")
    private let refused = AlertIdentity(.providerRefused)

    /// The longest silence between two posts that were taken, from the first to now.
    private func longestSilence(_ now: Timestamp) -> Duration {
        let times = sink.attempts.map(\.at) + [now]
        return zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
    }

    @Test("what fires is told again every minute, to that sink only, and its end once")
    func refreshed() async {
        let bench = DispatcherBench([sink, other])
        await bench.observe(.holds(refused, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        await bench.pass(.seconds(3600), inStepsOf: .seconds(10))
        #expect(sink.lines.first == "ProviderRefused firing 1")
        #expect(sink.lines.dropFirst() == Array(repeating: "ProviderRefused refreshed 1", count: 60)[...])
        #expect(longestSilence(bench.time.now) <= .seconds(60))
        #expect(other.lines == ["ProviderRefused firing 1"])
        await bench.observe(.over(refused))
        await bench.pass(.seconds(600), inStepsOf: .seconds(10))
        #expect(sink.lines.filter { $0.contains("resolved") }.count == 1)
        #expect(sink.lines.last == "ProviderRefused resolved 1")
        #expect(bench.time.pauses.isEmpty, "nothing is armed when nothing fires")
    }

    @Test("a day of dead letters is one alert there, with the numbers as they are")
    func aDay() async {
        let bench = DispatcherBench([sink])
        for hour in 1...24 {
            await bench.observe(deadLetters(hour == 1 ? 100 : 1))
            await bench.pass(.seconds(3600), inStepsOf: .seconds(20))
        }
        #expect(longestSilence(bench.time.now) <= .seconds(60))
        #expect(sink.attempts.allSatisfy { $0.kind != .resolved })
        #expect(sink.attempts.last?.count == 123)
    }

    @Test("an acknowledged, an inhibited and a held alert are silent, but not over")
    func silent() async {
        let bench = DispatcherBench([sink, other])
        let backlog = AlertIdentity(.backlog)
        await bench.observe(deadLetters(1), .holds(backlog, detail: "12000"))
        await bench.pass(.seconds(30))
        await bench.ledger.acknowledge(AlertIdentity(.deadLetters))
        await bench.observe(.holds(refused, detail: "HTTP 401"), .over(backlog))
        await bench.pass(.seconds(590), inStepsOf: .seconds(10))
        #expect(other.attempts.count == 3)
        for name in ["DeadLetters", "Backlog", "ProviderRefused"] {
            let posts = sink.attempts.filter { $0.name == name }
            #expect(posts.count >= 9, "\(name)")
            #expect(posts.allSatisfy { $0.state == .firing }, "\(name)")
            #expect(bench.time.now - (posts.last?.at ?? bench.time.now) <= .seconds(60), "\(name)")
        }
    }

    @Test("one that was acknowledged before it was told is not told")
    func acknowledged() async {
        let bench = DispatcherBench([sink])
        await bench.observe(deadLetters(1))
        await bench.ledger.acknowledge(AlertIdentity(.deadLetters))
        await bench.pass(.seconds(3600), inStepsOf: .seconds(10))
        #expect(sink.attempts.isEmpty)
    }

    @Test("one that is over at once is seen to fire first, for as long as such a receiver gathers")
    func brief() async {
        let bench = DispatcherBench([sink, other])
        await bench.observe(
            .refused(.accountRefused, ReportCode("64008")!, AlertOccurrence(count: 5), reportedAt: bench.time.now))
        await bench.pass(.seconds(1))
        await bench.observe(.delivered(reportedAt: bench.time.now))
        await bench.settle()
        #expect(other.lines.last == "AccountRefused{code=64008} resolved 5")
        await bench.pass(.seconds(59), inStepsOf: .seconds(1))
        #expect(sink.lines == ["AccountRefused{code=64008} firing 5"])
        await bench.pass(.seconds(1))
        #expect(sink.lines.last == "AccountRefused{code=64008} resolved 5")
    }

    @Test("a restarted dispatcher goes on within the minute, not from the start")
    func restart() async {
        let first = DispatcherBench([sink])
        await first.observe(.holds(refused, detail: "HTTP 401"))
        await first.pass(.seconds(30))
        await first.alerts.drain()
        let second = DispatcherBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(50))
        second.alerts.wake()
        await second.settle()
        #expect(sink.attempts.count == 1)
        await second.pass(.seconds(40))
        #expect(sink.lines == ["ProviderRefused firing 1", "ProviderRefused refreshed 1"])
    }

    @Test("after a failure it is tried again soon enough not to be forgotten", arguments: [false, true])
    func failure(permanent: Bool) async {
        let bench = DispatcherBench([sink])
        await bench.observe(.holds(refused, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        let toldAt = bench.time.now
        sink.answer = .failed(detail: "HTTP 503", retryAfter: nil, permanent: permanent)
        await bench.pass(.seconds(235), inStepsOf: .seconds(5))
        sink.answer = .accepted
        let failed = sink.attempts.count
        await bench.pass(.seconds(60), inStepsOf: .seconds(5))
        #expect(sink.attempts.count > failed, "within the five minutes that the alert was said to last")
        #expect(bench.time.now - toldAt < .seconds(300))
    }

    @Test("telling what is known is no sign of life for the watchdog")
    func noProgress() async {
        let bench = DispatcherBench([sink])
        await bench.observe(.holds(refused, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        let before = bench.progress
        await bench.pass(.seconds(600), inStepsOf: .seconds(10))
        #expect(sink.attempts.count == 11)
        #expect(bench.progress == before)
    }
}

import Alerting
import Engine
import Reconciliation
import Support
import Testing

/// Sinks whose receiver takes an alert to be over when it hears no more of it.
@Loop
struct AlertDeskRefreshTests {
    private let sink = ScriptedSink("am", refreshEvery: .seconds(60))
    private let other = ScriptedSink("other")
    private let refused = AlertIdentity(.providerRefused)

    /// The longest silence between two posts that were taken, from the first to now.
    private func longestSilence(_ now: Timestamp) -> Duration {
        let times = sink.attempts.map(\.at) + [now]
        return zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
    }

    @Test func `what fires is told again every minute, to that sink only, and its end once`() async {
        let bench = DeskBench([sink, other])
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

    @Test func `a day of dead letters is one alert there, with the numbers as they are`() async {
        let bench = DeskBench([sink])
        for hour in 1...24 {
            await bench.observe(deadLetters(hour == 1 ? 100 : 1))
            await bench.pass(.seconds(3600), inStepsOf: .seconds(20))
        }
        #expect(longestSilence(bench.time.now) <= .seconds(60))
        #expect(sink.attempts.allSatisfy { $0.kind != .resolved })
        #expect(sink.attempts.last?.count == 123)
    }

    @Test func `an acknowledged, an inhibited and a held alert are silent, but not over`() async {
        let bench = DeskBench([sink, other])
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

    @Test func `one that was acknowledged before it was told is not told`() async {
        let bench = DeskBench([sink])
        await bench.observe(deadLetters(1))
        await bench.ledger.acknowledge(AlertIdentity(.deadLetters))
        await bench.pass(.seconds(3600), inStepsOf: .seconds(10))
        #expect(sink.attempts.isEmpty)
    }

    @Test func `one that is over at once is seen to fire first, for as long as such a receiver gathers`() async {
        let bench = DeskBench([sink, other])
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

    @Test func `a restarted desk goes on within the minute, not from the start`() async {
        let first = DeskBench([sink])
        await first.observe(.holds(refused, detail: "HTTP 401"))
        await first.pass(.seconds(30))
        await first.desk.drain()
        let second = DeskBench([sink], ledger: first.ledger)
        second.time.advance(by: .seconds(50))
        second.desk.wake()
        await second.settle()
        #expect(sink.attempts.count == 1)
        await second.pass(.seconds(40))
        #expect(sink.lines == ["ProviderRefused firing 1", "ProviderRefused refreshed 1"])
    }

    @Test(arguments: [false, true])
    func `after a failure it is tried again soon enough not to be forgotten`(permanent: Bool) async {
        let bench = DeskBench([sink])
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

    @Test func `telling what is known is no sign of life for the watchdog`() async {
        let bench = DeskBench([sink])
        await bench.observe(.holds(refused, detail: "HTTP 401"))
        await bench.pass(.seconds(30))
        let before = bench.progress
        await bench.pass(.seconds(600), inStepsOf: .seconds(10))
        #expect(sink.attempts.count == 11)
        #expect(bench.progress == before)
    }
}

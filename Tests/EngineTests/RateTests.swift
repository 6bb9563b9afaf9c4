import Engine
import Reconciliation
import Support
import Testing

/// The alerts that watch shares, through whole cycles.
@EventLoop
@Suite struct RateTests {
    private let stage = Stage(isWatched: true)

    private func firing(_ name: AlertName) async -> [AlertIdentity] {
        await stage.ledger.book.firing.map(\.identity).filter { $0.name == name }
    }

    private func cycle() async { _ = await stage.cycle() }

    /// Messages of which the provider has known the outcome for a while.
    private func add(_ count: Int, from first: Int, accepted: Duration, reported: Duration) async {
        for index in first..<first + count {
            let key = stage.key(index)
            await stage.ledger.add(key, acceptedAt: stage.time.now - accepted)
            stage.provider.channels[key] = [
                ReportEntry(
                    key: key, serviceType: "ALIMTALK", code: .delivered, reportedAt: stage.time.now - reported)
            ]
        }
    }

    @Test("a class of failures rings by itself, and is over when enough else was settled")
    func failures() async {
        await stage.add(30) { [$0 < 10 ? "64016" : "10000"] }
        await cycle()
        let identity = AlertIdentity(
            .failureRate, labels: ["class": ReportCode("64016").map(\.meaning.rawValue) ?? ""])
        #expect(await firing(.failureRate) == [identity])
        #expect(await stage.ledger.book.alerts[identity]?.detail == "33% of 30 in 24h")
        await add(10, from: 30, accepted: .seconds(900), reported: .seconds(890))
        await cycle()
        #expect(await firing(.failureRate) == [identity], "held")
        stage.time.advance(by: .seconds(601))
        await cycle()
        #expect(await firing(.failureRate) == [])
    }

    @Test("late reports ring, and are over when they have passed")
    func slow() async {
        await add(27, from: 0, accepted: .seconds(900), reported: .seconds(895))
        await cycle()
        #expect(await firing(.slowReports) == [])
        await add(4, from: 27, accepted: .seconds(1200), reported: .seconds(120))
        await cycle()
        #expect(await firing(.slowReports) == [AlertIdentity(.slowReports)])
        #expect(await stage.ledger.book.alerts[AlertIdentity(.slowReports)]?.detail == "12% of 31 > 5m in 15m")
        for _ in 1...2 {
            stage.time.advance(by: .seconds(1500))
            await cycle()
        }
        #expect(await firing(.slowReports) == [])
    }

    @Test("what a backlog tells of a week ago rings nobody now")
    func backlog() async {
        await add(50, from: 0, accepted: .seconds(7 * 86_400), reported: .seconds(7 * 86_400 - 7200))
        await cycle()
        #expect(await stage.ledger.count(.sent) == 50)
        #expect(await firing(.slowReports) == [])
    }

    @Test("that we learn of reports late makes none of them slow")
    func late() async {
        await add(50, from: 0, accepted: .seconds(1400), reported: .seconds(1390))
        await cycle()
        #expect(await stage.ledger.count(.sent) == 50)
        #expect(await firing(.slowReports) == [])
    }

    @Test("reports from the future, or from before the acceptance, are not slow")
    func wrongClocks() async {
        await add(25, from: 0, accepted: .seconds(900), reported: .seconds(-3600))
        await add(25, from: 25, accepted: .seconds(900), reported: .seconds(3600))
        await cycle()
        #expect(await stage.ledger.count(.sent) == 50)
        #expect(await firing(.slowReports) == [])
    }
}

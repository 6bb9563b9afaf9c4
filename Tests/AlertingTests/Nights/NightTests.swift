import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

@EventLoop
@Suite(.serialized) struct NightTests {
    @Test("24 hours of a provider that is up five minutes and down three are few notifications, none of them false")
    func flapping() async {
        let night = Night()
        var random = SeededGenerator(seed: 7)
        var isUp = true
        var minutesLeft = 5
        var onTheWay: [MessageKey] = []
        for _ in 0..<(24 * 60) {
            if minutesLeft == 0 {
                isUp.toggle()
                minutesLeft = isUp ? Int.random(in: 3...7, using: &random) : Int.random(in: 1...5, using: &random)
            }
            minutesLeft -= 1
            let out = QuestionFailure(.unreachable, "HTTP 503")
            if isUp { night.provider.fault = nil } else { night.provider.fault = { _ in out } }
            // Three of four webhooks come, a minute later and only while the provider is up.
            if isUp {
                for key in onTheWay { await night.ledger.settle(key, .sent, at: night.time.now) }
                onTheWay = []
            }
            for _ in 0..<3 { onTheWay.append(await night.accept("10000")) }
            await night.accept("10000")
            await night.pass()
        }
        print("24 hours: \(night.sink.lines.count) notifications")
        #expect(night.sink.lines.count < 20)
        #expect(Set(night.sink.attempts.map(\.name)) == ["ProviderUnreachable"])
        #expect(await night.ledger.count(.deadLetter) == 0)
    }

    @Test("10,000 messages stale after two days of outage: nothing of them before the first answer, one alert, one end")
    func storm() async {
        let night = Night()
        let out = QuestionFailure(.unreachable, "HTTP 503")
        night.provider.fault = { _ in out }
        night.provider.endpoints = [.reportInquiry]
        for _ in 0..<10_000 { await night.accept(ago: .seconds(30 * 3600)) }
        for _ in 0..<(48 * 4) { await night.pass(minutes: 15) }
        #expect(Set(night.sink.attempts.map(\.name)) == ["ProviderUnreachable"])
        #expect(await night.ledger.count(.deadLetter) == 0)

        night.provider.fault = nil
        for _ in 0..<90 { await night.pass() }
        for _ in 0..<(8 * 4) { await night.pass(minutes: 15) }
        #expect(await night.ledger.count(.deadLetter) == 10_000)
        let stale = night.sink.attempts.filter { $0.name == "StaleMessages" }
        print("storm: \(stale.map { "\($0.kind.rawValue) \($0.count)" })")
        #expect(stale.first?.kind == .firing)
        #expect(stale.last?.kind == .resolved)
        #expect(stale.count { $0.kind == .firing } == 1)
        #expect(stale.count { $0.kind == .resolved } == 1)
        for (before, after) in zip(stale, stale.dropFirst()) where after.kind == .repeated {
            let waited = after.at - before.at >= Night.rules.repeatEvery
            #expect(after.count >= 2 * before.count || waited)
        }
        #expect(stale.last?.count == 10_000)
        #expect(Set(night.sink.attempts.map(\.name)) == ["ProviderUnreachable", "StaleMessages"])
    }

    @Test("an outage that began with the clock nine hours ahead is told when it is set right, and so is its end")
    func clockSetBack() async {
        let night = Night()
        let out = QuestionFailure(.unreachable, "HTTP 503")
        night.provider.fault = { _ in out }
        for _ in 0..<5 { await night.accept("10000", ago: .seconds(1200)) }
        while await !night.ledger.book.firing.contains(where: { $0.identity.name == .providerUnreachable }) {
            await night.pass()
            guard night.time.now < Night.start + .seconds(3600) else { break }
        }
        night.setClock(by: .seconds(-9 * 3600))
        for _ in 0..<3 { await night.pass() }
        #expect(night.sink.lines.filter { $0.hasPrefix("ProviderUnreachable") } == ["ProviderUnreachable firing 1"])

        night.setClock(by: .seconds(-9 * 3600))
        night.provider.fault = nil
        for _ in 0..<60 { await night.pass() }
        #expect(night.sink.lines.last { $0.hasPrefix("ProviderUnreachable") } == "ProviderUnreachable resolved 1")
    }
}

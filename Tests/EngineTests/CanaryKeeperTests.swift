import Engine
import Ledger
import Reconciliation
import Support
import Testing

/// Canaries over a real ledger: sent now and then, and judged at the end of their time.
@EventLoop
@Suite struct CanaryKeeperTests {
    private let stage = SendStage()

    /// Another process each time.
    private func keeper(every: Duration? = .seconds(3600)) throws -> CanaryKeeper {
        let body = #"{"destinations":[{"to":"01000000007"}],"messageFlow":[{"alimtalk":{}}]}"#
        let request = try SendRequest(body: Array(body.utf8))
        let configuration = every.map {
            CanaryKeeper.Configuration(request: request, serviceType: "ALIMTALK", every: $0, within: .seconds(600))
        }
        return CanaryKeeper(
            configuration, ledger: stage.ledger, client: stage.client, time: stage.time, log: stage.log,
            random: SeededGenerator(seed: UInt64(stage.provider.requests + 1))
        ) {}
    }

    private func send() async throws {
        try await keeper().lookOnce()
        await stage.desk().workOnce()
    }

    /// The end of its time.
    private func judge() async throws {
        stage.time.advance(by: .seconds(601))
        try await keeper().lookOnce()
    }

    private func firing() async throws -> [Alert] {
        try await stage.ledger.alerts(at: stage.time.now).alerts.filter(\.isFiring)
    }

    @Test("one every so often, whatever restarts")
    func oneEverySoOften() async throws {
        for _ in 0..<3 { try await send() }
        #expect(stage.provider.sent == 1)
        stage.time.advance(by: .seconds(3599))
        try await send()
        #expect(stage.provider.sent == 1)
        stage.time.advance(by: .seconds(2))
        try await send()
        #expect(stage.provider.sent == 2)
    }

    @Test("a clock that is put back does not keep them from being sent, and brings no flood")
    func aClockThatIsPutBack() async throws {
        try await send()
        stage.time.set(stage.time.now - .seconds(86_400))
        for _ in 0..<3 { try await send() }
        #expect(stage.provider.sent == 2)
    }

    @Test("reported delivered when asked: quiet, and judged once")
    func reportedDelivered() async throws {
        stage.provider.reported = "10000"
        try await send()
        #expect(stage.provider.asked.isEmpty)
        try await judge()
        try await judge()
        #expect(stage.provider.asked.count == 1)
        #expect(stage.log.names.filter { $0.hasPrefix("canary") } == ["canary.delivered"])
        #expect(try await firing().isEmpty)
    }

    @Test("not reported: it rings, until the next one is")
    func notReported() async throws {
        try await send()
        try await judge()
        let alert = try #require(try await firing().first)
        #expect(alert.identity.name == .canaryLost)
        #expect(alert.detail?.contains("accepted, but not reported") == true)
        stage.provider.reported = "10000"
        stage.time.advance(by: .seconds(3600))
        try await send()
        try await judge()
        #expect(try await firing().count == 1)
        stage.time.advance(by: .seconds(601))
        #expect(try await firing().isEmpty)
    }

    @Test("a provider that is away loses it, too")
    func aProviderThatIsAway() async throws {
        stage.provider.isDown = true
        try await send()
        try await judge()
        #expect(try await firing().first?.detail == "not known to be accepted")
    }

    @Test("without canaries what rings is over")
    func withoutCanaries() async throws {
        try await send()
        try await judge()
        try await keeper(every: nil).lookOnce()
        stage.time.advance(by: .seconds(601))
        #expect(try await firing().isEmpty)
        #expect(stage.provider.sent == 1)
    }

    @Test("one that is told to end judges nothing")
    func oneThatIsToldToEnd() async throws {
        try await send()
        stage.time.advance(by: .seconds(601))
        let keeper = try keeper()
        keeper.stop()
        await keeper.lookOnce()
        #expect(try await firing().isEmpty)
        keeper.look()
        await keeper.drain()
        #expect(try await stage.ledger.canariesToJudge(at: stage.time.now).count == 1)
    }
}

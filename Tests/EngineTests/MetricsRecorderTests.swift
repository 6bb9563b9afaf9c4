import Engine
import Reconciliation
import Support
import Testing

/// What a cycle tells its meter.
@EventLoop
@Suite(.serialized) struct MetricsRecorderTests {
    private let stage = Stage()

    @Test("every request, every settlement and the end are told, once each")
    func counts() async {
        await stage.add(20) { $0 % 2 == 0 ? ["10000"] : ["64016"] }
        let summary = await stage.cycle()
        #expect(stage.meter.requests.count == summary?.requests)
        #expect(stage.meter.requests.allSatisfy { $0.result == .answered })
        #expect(stage.meter.settlements.count { $0.to == .sent } == 10)
        #expect(stage.meter.settlements.count { $0.to == .deadLetter } == 10)
        #expect(stage.meter.cycles.map(\.result) == [.ok])
        #expect(stage.meter.cycles.first?.duration == summary?.duration)
    }

    @Test("a failed request is told by its kind, retries included")
    func failures() async {
        await stage.add(1) { _ in ["10000"] }
        stage.provider.fault = { _ in QuestionFailure(.rateLimited(retryAfter: .seconds(1)), "HTTP 429") }
        let summary = await stage.cycle()
        #expect(stage.meter.requests.count >= RetryState.most)
        #expect(stage.meter.requests.count == summary?.requests)
        #expect(stage.meter.requests.allSatisfy { $0.result == .rateLimited })
        #expect(stage.meter.cycles.map(\.result) == [.failed])
    }

    @Test("a store that fails ends the cycle by a word of its own")
    func store() async {
        await stage.add(1) { _ in ["10000"] }
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        _ = await stage.outcome()
        #expect(stage.meter.cycles.map(\.result) == [.storeFailed])
        #expect(stage.meter.settlements.isEmpty)
    }
}

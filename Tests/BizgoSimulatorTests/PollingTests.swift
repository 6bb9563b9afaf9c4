import Testing

@testable import BizgoSimulator

@Suite("Report polling")
struct PollingTests {
    private func model(_ count: Int) -> Box<ProviderModel> {
        var configuration = SimulatorConfiguration()
        configuration.reportMethod = .polling
        configuration.pollingBatch = 10
        var model = ProviderModel(configuration: configuration)
        model.load((0..<count).map { .message("key" + String(100 + $0), .alimtalk("10000"), announced: true) })
        return Box(model)
    }

    @Test("The same batch comes until it is acknowledged, then the next, then nothing")
    func batches() throws {
        let model = model(13)
        let first = try #require(model({ $0.poll(now: noon) }))
        let again = try #require(model({ $0.poll(now: noon) }))
        #expect(first.reports.count == 10)
        #expect(again.reportId == first.reportId)
        #expect(again.reports == first.reports)
        #expect(!model({ $0.acknowledge(reportId: "other") }))
        #expect(model({ $0.acknowledge(reportId: first.reportId) }))
        #expect(!model({ $0.acknowledge(reportId: first.reportId) }), "once is enough")
        let second = try #require(model({ $0.poll(now: noon) }))
        #expect(second.reports.count == 3)
        #expect(model({ $0.acknowledge(reportId: second.reportId) }))
        #expect(model({ $0.poll(now: noon) }) == nil)
    }

    @Test("Reports nobody fetched for three days are dropped")
    func dropped() {
        let model = model(3)
        #expect(model({ $0.poll(now: noon + 3 * 86_400_000 + 1) }) == nil)
    }

    @Test("Reports are offered only from when they mature")
    func maturing() {
        let model = model(0)
        model.value.load([.message("late000", .alimtalk("10000", at: noon + 100), announced: true)])
        #expect(model({ $0.poll(now: noon + 99) }) == nil)
        #expect(model({ $0.poll(now: noon + 100) })?.reports.count == 1)
    }
}

import Engine
import Reconciliation
import Support
import Testing

@testable import Operations

@EventLoop
private final class Bench {
    let time = VirtualTime()
    let log = RecordingLog()
    var alerts: [Alert] = []
    var failure: LedgerError?
    var refusal: String?
    /// What reading takes.
    var cost = Duration.zero
    private(set) var pages: [StatusReport.Content] = []

    private(set) lazy var keeper = StatusPageWriter(ledger: Reader(bench: self), time: time, log: log) {
        [unowned self] content, _ throws(AtomicFile.Failure) in
        if let refusal { throw AtomicFile.Failure(message: refusal) }
        pages.append(content)
    }

    /// Some time later, something may have changed; and as much later as it takes, what there is to write is written.
    func wake(after duration: Duration = .zero) async {
        time.advance(by: duration)
        keeper.wake()
        await time.letPass { [self] in #expect(await eventually { keeper.isAtRest }) }
    }
}

/// What the keeper reads: of the bench, without keeping it.
@EventLoop
private final class Reader: StatusLedger {
    private unowned let bench: Bench

    init(bench: Bench) {
        self.bench = bench
    }

    @EventLoop func figures(at now: Timestamp) async throws(LedgerError) -> StatusFigures {
        bench.time.advance(by: bench.cost)
        if let failure = bench.failure { throw failure }
        var figures = StatusFigures()
        figures.firing = bench.alerts
        return figures
    }

    @EventLoop func firing(at now: Timestamp) async throws(LedgerError) -> [Alert] {
        if let failure = bench.failure { throw failure }
        return bench.alerts
    }
}

@Suite @EventLoop struct StatusPageWriterTests {
    @Test("a page is not rewritten before thirty seconds are over")
    func pause() async {
        let bench = Bench()
        await bench.wake()
        #expect(bench.pages.count == 1)
        for _ in 0..<4 { await bench.wake(after: .seconds(5)) }
        #expect(bench.pages.count == 1)
        await bench.wake(after: .seconds(10))
        #expect(bench.pages.count == 2)
        await bench.keeper.stop()
    }

    @Test("other alerts are shown at once, and so is that one is silenced")
    func alerts() async {
        let bench = Bench()
        await bench.wake()
        bench.alerts = [Alert(identity: AlertIdentity(.backlog), count: 1, since: bench.time.now)]
        await bench.wake(after: .seconds(1))
        #expect(bench.pages.count == 2)
        bench.alerts[0].count = 2
        await bench.wake(after: .seconds(3))
        #expect(bench.pages.count == 2, "a count alone can wait")
        bench.alerts[0].isAcknowledged = true
        await bench.wake(after: .seconds(3))
        #expect(bench.pages.count == 3)
    }

    @Test("a page that takes long to make is made seldom")
    func slow() async {
        let bench = Bench()
        bench.cost = .seconds(5)
        await bench.wake()
        await bench.wake(after: .seconds(90))
        #expect(bench.pages.count == 1)
        await bench.wake(after: .seconds(10))
        #expect(bench.pages.count == 2)
    }

    @Test("a page that cannot be written is logged once, and tried again")
    func failing() async {
        let bench = Bench()
        bench.refusal = "cannot write"
        await bench.wake()
        await bench.wake(after: .seconds(30))
        #expect(bench.log.names == ["status_page.failed"])
        bench.refusal = nil
        await bench.wake(after: .seconds(30))
        #expect(bench.pages.count == 1)
        bench.refusal = "cannot write"
        await bench.wake(after: .seconds(30))
        #expect(bench.log.names == ["status_page.failed", "status_page.failed"])
    }

    @Test("that the store cannot be read is on the page")
    func unreadable() async {
        let bench = Bench()
        bench.failure = LedgerError(.busy, "locked")
        await bench.wake()
        guard case .unreadable("locked")? = bench.pages.first else {
            Issue.record("\(bench.pages)")
            return
        }
    }

    @Test("nothing is written after the end")
    func stopped() async {
        let bench = Bench()
        await bench.wake()
        await bench.keeper.stop()
        await bench.wake(after: .seconds(60))
        #expect(bench.pages.count == 1)
    }
}

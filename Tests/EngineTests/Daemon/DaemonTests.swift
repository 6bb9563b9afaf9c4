import Engine
import Reconciliation
import Support
import Testing

/// The daemon's rules, with timers that tick when a test says so.
@Suite(.timeLimit(.minutes(10))) @EventLoop struct DaemonTests {
    private let stage = Stage(polls: true, budget: .seconds(60))
    private let manager = RecordingManager()
    private let alerts = RecordingNotifier()
    private let tickers = ManualTickers()
    private let intervals = Intervals()
    private let progress: Progress
    private let daemon: Daemon
    private let driver: TimeDriver

    init() {
        driver = TimeDriver(stage.time)
        progress = Progress(time: stage.time)
        daemon = Daemon(
            reconciler: stage.reconciler, ledger: stage.ledger, alerts: alerts, manager: manager, progress: progress,
            configuration: Daemon.Configuration(interval: .seconds(60), patience: .seconds(40)), log: stage.log,
            makeTicker: tickers.make, onInterval: { [intervals] in intervals.count += 1 })
    }

    private func until(_ condition: @EventLoop () async -> Bool) async {
        let holds = await eventually(condition)
        #expect(holds)
    }

    /// Until nobody has anything to do but wait.
    private func settle() async { await stage.time.untilIdle() }

    private func begin() async -> Task<Void, Never> {
        let run = EventLoop.task { await daemon.run() }
        await until { tickers.count == 2 }
        return run
    }

    private func end(_ run: Task<Void, Never>) async {
        daemon.drain()
        await run.value
        #expect(tickers.count == 0)
        #expect(alerts.isDrained)
    }

    /// A cycle that does not come to its end before the latch is opened.
    private func beginHangingCycle() async -> Latch {
        let latch = Latch()
        stage.provider.batches = [
            ReportBatch(id: "1", entries: [ReportEntry(key: MessageKey("NOBODYS001"), code: ReportCode("10000"))])
        ]
        stage.provider.onAcknowledge = { await latch.wait() }
        tickers.fire(every: .seconds(60))
        await until { latch.isWaitedFor }
        return latch
    }

    @Test("while a cycle runs the watchdog is fed by what it finished lately, and not past the patience")
    func patience() async {
        let run = await begin()
        let latch = await beginHangingCycle()
        progress.finished()
        stage.time.advance(by: .seconds(39))
        tickers.fire(every: .seconds(10))
        #expect(manager.feedings == 1)
        stage.time.advance(by: .seconds(1))
        tickers.fire(every: .seconds(10))
        await settle()
        #expect(manager.feedings == 1)
        progress.finished()
        tickers.fire(every: .seconds(10))
        #expect(manager.feedings == 2)
        latch.open()
        await end(run)
    }

    @Test("a request that knowingly waits is waited for, and then the patience begins")
    func knownWait() async {
        let run = await begin()
        let latch = await beginHangingCycle()
        progress.finished()
        progress.waits(until: stage.time.uptime + .seconds(3600))
        progress.waits(until: stage.time.uptime + .seconds(1))
        stage.time.advance(by: .seconds(3639))
        tickers.fire(every: .seconds(10))
        #expect(manager.feedings == 1)
        stage.time.advance(by: .seconds(1))
        tickers.fire(every: .seconds(10))
        #expect(manager.feedings == 1)
        latch.open()
        await end(run)
    }

    @Test("between cycles it is fed by a store that can be read, not by one that cannot")
    func idle() async {
        let run = await begin()
        tickers.fire(every: .seconds(10))
        await until { manager.feedings == 1 }
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        tickers.fire(every: .seconds(10))
        await until { await stage.ledger.probes == 2 }
        await settle()
        #expect(manager.feedings == 1)
        await stage.ledger.fail(with: nil)
        tickers.fire(every: .seconds(10))
        await until { manager.feedings == 2 }
        await end(run)
    }

    @Test("one that is drained before it runs ends at once")
    func drainedBefore() async {
        daemon.drain()
        await until { alerts.isDrained }
        await settle()
        await daemon.run()
        #expect(tickers.count == 0)
    }

    @Test("a tick while a cycle runs begins no second one")
    func oneAtATime() async {
        let run = await begin()
        let latch = await beginHangingCycle()
        tickers.fire(every: .seconds(60))
        await settle()
        #expect(stage.provider.polls == 1)
        #expect(intervals.count == 2)
        latch.open()
        await until { await stage.ledger.cycles.count == 1 }
        await end(run)
        #expect(await stage.ledger.cycles.count == 1)
    }

    @Test("intervals are told until it is to drain")
    func intervalsAreTold() async {
        let run = await begin()
        tickers.fire(every: .seconds(60))
        #expect(intervals.count == 1)
        daemon.drain()
        tickers.fire(every: .seconds(60))
        #expect(intervals.count == 1)
        await end(run)
    }

    @Test(
        "a store that is not waited for, for the process is to end, is no trouble; nor is one that is another's to work on",
        arguments: [LedgerError.Kind.interrupted, .superseded])
    func brokenOff(kind: LedgerError.Kind) async {
        let run = await begin()
        await stage.ledger.fail(with: LedgerError(kind, "no longer"))
        tickers.fire(every: .seconds(60))
        await until { stage.log.names.contains("cycle.failed") }
        await settle()
        #expect(alerts.troubles.isEmpty)
        #expect(alerts.recoveries == 0)
        await end(run)
    }

    @Test("a store that fails says when it is tried again: with the timer's next tick")
    func retryAt() async throws {
        let run = await begin()
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        let next = (stage.time.now + .seconds(60)).iso8601(withMilliseconds: true)
        tickers.fire(every: .seconds(60))
        await until { alerts.troubles.count == 1 }
        let event = try #require(stage.log.events.last { $0.name == "cycle.failed" })
        #expect(event.fields.last == LogField("retry_at", .string(next)))
        await end(run)
    }

    @Test("a store that fails is told each time; that it is well again is logged once")
    func storeTrouble() async {
        let run = await begin()
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        for count in 1...2 {
            tickers.fire(every: .seconds(60))
            await until { alerts.troubles.count == count }
            await settle()
        }
        #expect(alerts.troubles == ["no room", "no room"])
        #expect(alerts.recoveries == 0)
        await stage.ledger.fail(with: nil)
        for count in 1...2 {
            tickers.fire(every: .seconds(60))
            await until { alerts.recoveries == count }
            await settle()
        }
        #expect(stage.log.names.count { $0 == "store.recovered" } == 1)
        await end(run)
    }
}

/// Timers that tick when they are told to.
@EventLoop
final class ManualTickers {
    private var handlers: [ObjectIdentifier: (interval: Duration, handler: @EventLoop () -> Void)] = [:]

    /// Those that are not cancelled.
    var count: Int { handlers.count }

    func make(_ interval: Duration, _ handler: @escaping @EventLoop () -> Void) -> any Ticking {
        let ticker = ManualTicker(self)
        handlers[ObjectIdentifier(ticker)] = (interval, handler)
        return ticker
    }

    func fire(every interval: Duration) {
        for ticker in handlers.values where ticker.interval == interval { ticker.handler() }
    }

    private final class ManualTicker: Ticking {
        private let tickers: ManualTickers

        init(_ tickers: ManualTickers) { self.tickers = tickers }

        func cancel() { tickers.handlers[ObjectIdentifier(self)] = nil }
    }
}

/// A service manager that watches, three times ten seconds, and counts how often it was fed.
@EventLoop
final class RecordingManager: ServiceManager {
    private(set) var feedings = 0

    var watchdogInterval: Duration? { .seconds(30) }
    func ready(_ status: String) {}
    func status(_ text: String) {}
    func reloading() {}
    func alive() { feedings += 1 }
    func stopping(_ status: String) {}
}

/// Keeps what it is told of the store.
@EventLoop
private final class Intervals {
    var count = 0
}

@EventLoop
final class RecordingNotifier: AlertNotifier {
    private(set) var troubles: [String] = []
    private(set) var recoveries = 0
    private(set) var isDrained = false

    func wake() {}
    func storeTrouble(_ error: LedgerError) { troubles.append(error.message) }
    func storeRecovered() { recoveries += 1 }
    func drain() async { isDrained = true }
}

/// Holds up who waits until it is opened.
@EventLoop
final class Latch {
    private var waiting: CheckedContinuation<Void, Never>?
    private var isOpen = false

    var isWaitedFor: Bool { waiting != nil }

    func wait() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiting = $0 }
    }

    func open() {
        isOpen = true
        waiting?.resume()
        waiting = nil
    }
}

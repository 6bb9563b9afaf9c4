import Engine
import Reconciliation
import Support
import Testing

/// What becomes of webhooks between their coming and their being durable, with timers that tick when a test says so.
@Suite(.timeLimit(.minutes(10))) @EventLoop struct WebhookIntakeTests {
    private let stage = Stage()
    private let tickers = ManualTickers()
    private let commits = Commits()
    private let intake: WebhookIntake

    @EventLoop final class Commits {
        var all = 0
        var urgent = 0
    }

    init() {
        intake = Self.make(stage, tickers, commits)
    }

    private static func make(_ stage: Stage, _ tickers: ManualTickers, _ commits: Commits) -> WebhookIntake {
        WebhookIntake(
            ledger: stage.ledger,
            sifter: ReportSifter(
                mustConfirm: true, policy: Stage.policy, source: .webhook, random: SeededGenerator(seed: 1)),
            time: stage.time, log: stage.log, meter: stage.meter, makeTicker: tickers.make
        ) {
            commits.all += 1
            if $0 { commits.urgent += 1 }
        }
    }

    private func entry(_ index: Int, _ code: String = "10000", _ service: String = "ALIMTALK") -> ReportEntry {
        ReportEntry(
            key: stage.key(index), serviceType: service, code: ReportCode(code), text: "words",
            reportedAt: stage.time.now)
    }

    private func status(_ index: Int) async -> RowStatus? { await stage.ledger.rows[stage.key(index)]?.status }

    private func until(_ condition: @EventLoop () async -> Bool) async {
        while !(await condition()) { await Task.yield() }
    }

    private func settle() async { await stage.time.untilIdle() }

    private func pass(_ duration: Duration) {
        stage.time.advance(by: duration)
        tickers.fire(every: .milliseconds(200))
    }

    private func taking(_ index: Int, _ code: String = "10000") -> Task<Void, Never> {
        EventLoop.task { await intake.take(entry(index, code)) }
    }

    private func fields(_ name: String) -> [[String: LogValue]] {
        stage.log.events.filter { $0.name == name }.map { event in
            Dictionary(event.fields.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        }
    }

    // MARK: While the store is well

    @Test("it is answered when its row is settled")
    func durable() async {
        await stage.add(1) { _ in [] }
        await intake.take(entry(0))
        #expect(await status(0) == .sent)
        #expect(intake.kept == 0)
        #expect(stage.meter.settlements.map(\.source) == [.webhook])
        #expect(stage.log.names == ["message.sent"])
        #expect(fields("message.sent").first?["source"] == .string("webhook"))
        #expect(commits.all == 1)
        #expect(commits.urgent == 0)
    }

    @Test("many in flight are few transactions")
    func together() async {
        await stage.add(100) { _ in [] }
        // All begin in one turn of the loop: those of a group come by way of the pool, one by one on a busy machine.
        let tasks = (0..<100).map { taking($0) }
        for task in tasks { await task.value }
        #expect(await stage.ledger.count(.sent) == 100)
        #expect(await stage.ledger.takes.count <= 10)
        #expect(await stage.ledger.takes.reduce(0, +) == 100)
    }

    @Test("people are told at once that the account is refused")
    func urgent() async {
        await stage.add(1) { _ in [] }
        await intake.take(entry(0, "64008"))
        #expect(commits.urgent == 1)
        #expect(await stage.firing() == [.accountRefused])
    }

    @Test("of a storm there is a line for a hundred, and then the count, until the interval has passed")
    func folded() async {
        await stage.add(130) { _ in [] }
        for index in 0..<120 { await intake.take(entry(index)) }
        #expect(stage.log.names.count == 100)
        intake.intervalPassed()
        #expect(fields("message.sent").last?["count"] == .integer(20))
        for index in 120..<130 { await intake.take(entry(index)) }
        #expect(stage.log.names.count == 111)
    }

    @Test("a row that the table rejects keeps nobody else from being settled")
    func rejected() async {
        await stage.add(3) { _ in [] }
        await stage.ledger.refuse([stage.key(1)])
        await withTaskGroup { group in
            for index in 0..<3 { group.addTask { await intake.take(entry(index)) } }
        }
        #expect(await [status(0), status(1), status(2)] == [.sent, .pending, .sent])
        #expect(await stage.ledger.kept[stage.key(1)] != nil)
        #expect(await stage.ledger.rows[stage.key(1)]?.tracking?.refusal != nil)
        #expect(intake.kept == 0)
    }

    @Test("timers end when nothing is to be looked after")
    func quiet() async {
        await stage.add(1) { _ in [] }
        await intake.take(entry(0))
        #expect(tickers.count == 1)
        for _ in 0..<30 { pass(.milliseconds(200)) }
        #expect(tickers.count == 0)
    }

    // MARK: While it is not

    @Test("while the store is in trouble it is answered at once, and written when that is over")
    func trouble() async {
        await stage.add(2) { _ in [] }
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        await intake.take(entry(0))
        await intake.take(entry(1))
        #expect(intake.kept == 2)
        #expect(fields("webhook.kept").map { $0["reason"] } == [.string("store_full")])
        pass(.seconds(1))
        await settle()
        #expect(intake.kept == 2)
        #expect(fields("webhook.kept").count == 1, "once")
        await stage.ledger.fail(with: nil)
        pass(.milliseconds(500))
        await settle()
        #expect(intake.kept == 2, "not tried again at once")
        pass(.milliseconds(500))
        await until { intake.kept == 0 }
        #expect(await stage.ledger.count(.sent) == 2)
        #expect(fields("webhook.written").map { $0["count"] } == [.integer(2)])
        await stage.add(1) { _ in [] }
        await intake.take(entry(0))
        #expect(await status(0) == .sent)
    }

    @Test("who has waited for four seconds is answered, and it is written all the same")
    func slow() async {
        await stage.add(2) { _ in [] }
        let latch = Latch()
        await stage.ledger.hold { await latch.wait() }
        let first = taking(0)
        await until { latch.isWaitedFor }
        let second = taking(1)
        await until { intake.kept == 2 }
        pass(.milliseconds(3_600))
        await settle()
        pass(.milliseconds(200))
        await first.value
        await second.value
        #expect(await status(0) == .pending)
        #expect(intake.kept == 2)
        await stage.ledger.hold(nil)
        latch.open()
        await until { intake.kept == 0 }
        #expect(await stage.ledger.count(.sent) == 2)
    }

    @Test("in memory there is a bound: the oldest go, which is logged once an interval")
    func bounded() async {
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        for index in 0...WebhookIntake.mostKept { await intake.take(entry(index)) }
        #expect(intake.kept <= WebhookIntake.mostKept)
        #expect(intake.kept >= WebhookIntake.mostKept * 98 / 100)
        let lost = WebhookIntake.mostKept + 1 - intake.kept
        intake.intervalPassed()
        intake.intervalPassed()
        #expect(fields("webhook.lost").map { $0["count"] } == [.integer(lost)])
        await stage.ledger.fail(with: nil)
        pass(.seconds(1))
        await until { intake.kept == 0 }
        #expect(await stage.ledger.kept[stage.key(0)] == nil)
        #expect(await stage.ledger.kept[stage.key(WebhookIntake.mostKept)] != nil)
    }

    @Test("one that the store cannot take is given up, and the others are written")
    func poisoned() async {
        await stage.add(3) { _ in [] }
        await stage.ledger.poison(stage.key(1))
        await withTaskGroup { group in
            for index in 0..<3 { group.addTask { await intake.take(entry(index)) } }
        }
        for _ in 0..<5 {
            pass(.seconds(1))
            await settle()
        }
        #expect(intake.kept == 0)
        #expect(await [status(0), status(1), status(2)] == [.sent, .pending, .sent])
        intake.intervalPassed()
        #expect(fields("webhook.lost").map { $0["count"] } == [.integer(1)])
    }

    // MARK: Ends

    @Test("an orderly end waits for what is there")
    func drained() async {
        await stage.add(50) { _ in [] }
        let tasks = (0..<50).map { taking($0) }
        await until { intake.kept == 50 || commits.all > 0 }
        await intake.drain()
        #expect(await stage.ledger.count(.sent) == 50)
        for task in tasks { await task.value }
    }

    @Test("a store in trouble does not keep it from ending; what is lost is told")
    func endsInTrouble() async {
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        await intake.take(entry(0))
        await intake.drain()
        #expect(intake.kept == 1)
        intake.end()
        #expect(intake.kept == 0)
        #expect(fields("webhook.lost").map { $0["count"] } == [.integer(1)])
        #expect(tickers.count == 0)
    }

    @Test("what comes after the drain is written, too, where the process ends")
    func goesOn() async {
        await stage.add(1) { _ in [] }
        await intake.drain()
        intake.goOn()
        await intake.take(entry(0))
        #expect(await status(0) == .sent)
    }

    @Test("across a reload nothing is lost, whenever it comes")
    func succeeded() async {
        await stage.add(4) { _ in [] }
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        await intake.take(entry(0))
        await intake.drain()
        await intake.take(entry(1))
        await stage.ledger.fail(with: nil)
        let next = Self.make(stage, tickers, commits)
        next.succeed(intake)
        await until { next.kept == 0 }
        await intake.take(entry(2))
        await next.take(entry(3))
        #expect(intake.kept == 0)
        #expect(await stage.ledger.count(.sent) == 4)
        #expect(tickers.count == 1)
    }

    @Test("what comes between the drain and the successor is answered when that has written it")
    func between() async {
        await stage.add(1) { _ in [] }
        await intake.drain()
        let task = taking(0)
        await until { intake.kept == 1 }
        await settle()
        #expect(await status(0) == .pending)
        let next = Self.make(stage, tickers, commits)
        next.succeed(intake)
        await task.value
        #expect(await status(0) == .sent)
    }
}

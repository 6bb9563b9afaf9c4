import Engine
import Reconciliation
import Support
import Testing

/// What is told of webhooks that are not taken, and what is remembered of where they come from.
@Suite(.timeLimit(.minutes(10))) @EventLoop struct WebhookWatchTests {
    private let stage = Stage()
    private let tickers = ManualTickers()
    private let intake: WebhookIntake

    init() {
        intake = WebhookIntake(
            ledger: stage.ledger,
            sifter: ReportSifter(
                mustConfirm: true, policy: Stage.policy, source: .webhook, random: SeededGenerator(seed: 1)),
            time: stage.time, log: stage.log, meter: stage.meter, makeTicker: tickers.make, onCommit: { _ in })
    }

    /// A second passes, and all that it begins comes to its end.
    private func second() async {
        stage.time.advance(by: .seconds(1))
        tickers.fire(every: .milliseconds(200))
        await stage.time.untilIdle()
    }

    private func alert() async -> Alert? { await stage.ledger.book.alerts[AlertIdentity(.webhookRejected)] }

    @Test("a foreign report is told when its message is known")
    func foreign() async {
        await stage.add(1) { _ in [] }
        intake.rejected(.foreign, key: MessageKey("STRANGER"))
        intake.rejected(.foreign, key: nil)
        await second()
        #expect(await alert() == nil)
        intake.rejected(.foreign, key: stage.key(0))
        await second()
        #expect(await alert()?.count == 1)
        #expect(await alert()?.examples == [stage.key(0)])
        #expect(await alert()?.tally == ["foreign": 1])
        #expect(await stage.ledger.rows[stage.key(0)]?.status == .pending)
    }

    @Test("an unsigned one is told whatever it is about; only keys that are known are examples")
    func unsigned() async {
        await stage.add(1) { _ in [] }
        intake.rejected(.unsigned, key: stage.key(0))
        intake.rejected(.unsigned, key: MessageKey("STRANGER"))
        intake.rejected(.unsigned, key: nil)
        await second()
        #expect(await alert()?.count == 3)
        #expect(await alert()?.examples == [stage.key(0)])
        #expect(await alert()?.tally == ["unsigned": 3])
    }

    @Test("ten messages are looked up in a second, and no more")
    func bounded() async {
        await stage.add(100) { _ in [] }
        for index in 0..<100 { intake.rejected(.foreign, key: stage.key(index)) }
        await second()
        #expect(await alert()?.count == 10)
        for index in 0..<100 { intake.rejected(.foreign, key: stage.key(index)) }
        await second()
        #expect(await alert()?.count == 20)
    }

    @Test("it resolves when none has been seen for a while")
    func resolves() async {
        intake.rejected(.unsigned, key: nil)
        await second()
        #expect(await stage.firing() == [.webhookRejected])
        stage.time.advance(by: .seconds(599))
        _ = try? await stage.ledger.alerts(at: stage.time.now)
        #expect(await stage.firing() == [.webhookRejected])
        stage.time.advance(by: .seconds(2))
        _ = try? await stage.ledger.alerts(at: stage.time.now)
        #expect(await stage.firing().isEmpty)
    }

    @Test("what a store in trouble was not told is told later")
    func trouble() async {
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        intake.rejected(.unsigned, key: nil)
        await second()
        await stage.ledger.fail(with: nil)
        await second()
        #expect(await alert()?.count == 1)
    }

    @Test("where webhooks come from is noted once an interval, those last that came last")
    func peers() async {
        func peer(_ index: Int) -> WebhookPeer {
            WebhookPeer(connection: "127.0.0.1", isForwarded: true, source: "192.0.2.\(index)")
        }
        for index in [1, 2, 1] { intake.seen(peer(index)) }
        intake.seen(WebhookPeer(connection: "10.0.0.1\t", isForwarded: false, source: nil))
        intake.intervalPassed()
        await second()
        #expect(await stage.ledger.peers == [peer(2), peer(1)])
        for index in 0..<30 { intake.seen(peer(index)) }
        await intake.drain()
        #expect(await stage.ledger.peers == (10..<30).map(peer))
    }
}

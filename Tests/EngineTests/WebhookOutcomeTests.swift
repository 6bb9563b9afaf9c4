import Engine
import Reconciliation
import Support
import Testing

/// What cycles do where the daemon takes webhooks, with a scripted provider, a ledger without a file and virtual time.
@EventLoop
@Suite(.serialized) struct WebhookOutcomeTests {
    private let stage = Stage(takesWebhooks: true, isWatched: true)
    private let sifter = ReportSifter(
        mustConfirm: true, policy: Stage.policy, source: .webhook, random: SeededGenerator(seed: 1))

    private func take(_ index: Int, _ code: String, _ service: String = "ALIMTALK") async {
        let entry = ReportEntry(
            key: stage.key(index), serviceType: service, code: ReportCode(code), text: "words",
            reportedAt: stage.time.now)
        _ = try? await stage.ledger.take([entry], by: sifter, puttingOffFor: nil, at: stage.time.now)
    }

    private func status(_ index: Int) async -> RowStatus? { await stage.ledger.rows[stage.key(index)]?.status }

    private func disagreements() async -> Alert? {
        await stage.ledger.book.alerts[AlertIdentity(.webhookDisagrees)]
    }

    @Test("a failure is confirmed by the next cycle, however young its message is, and counts as the webhook's")
    func confirmed() async {
        await stage.add(1, ago: .seconds(5)) { _ in ["64016"] }
        await take(0, "64016")
        #expect(await status(0) == .pending)
        #expect(await stage.cycle()?.deadLetters == [.reported: 1])
        #expect(await status(0) == .deadLetter)
        #expect(stage.meter.settlements.map(\.source) == [.webhook])
        #expect(stage.provider.polls == 0)
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("a failure beside a channel in flight waits, and a fallback that delivers is sent")
    func fallback() async {
        await stage.add(1, ago: .seconds(5)) { _ in ["64016", nil] }
        await take(0, "64016")
        _ = await stage.cycle()
        #expect(await status(0) == .pending)
        await take(0, "10000", "SMS")
        #expect(await status(0) == .sent)
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("a report before its row is applied when that is there")
    func beforeItsRow() async {
        await take(0, "10000")
        #expect(await stage.ledger.kept.count == 1)
        await stage.add(1, ago: .seconds(1)) { _ in [] }
        stage.time.advance(by: .seconds(60))
        #expect(await stage.cycle()?.sent == 1)
        #expect(await status(0) == .sent)
    }

    @Test("what webhooks settle is no gap")
    func noGap() async {
        await stage.add(60) { $0 < 25 ? ["10000"] : [nil] }
        for index in 25..<60 { await take(index, "10000") }
        #expect(await stage.cycle()?.sent == 25)
        #expect(await stage.firing() == [.slowReports], "a quarter of an hour after the acceptance")
    }

    @Test("once an hour a message that a webhook settled is asked about, and no other")
    func sampled() async {
        await stage.add(2, ago: .seconds(5)) { _ in ["10000"] }
        _ = await stage.cycle()
        #expect(stage.provider.asked.isEmpty)
        await take(0, "10000")
        for _ in 0..<59 {
            _ = await stage.cycle()
            await stage.ledger.set(stage.key(1), .sent)
            stage.time.advance(by: .seconds(60))
        }
        #expect(stage.provider.asked == [.channels(stage.key(0))])
        stage.time.advance(by: .seconds(120))
        _ = await stage.cycle()
        #expect(stage.provider.asked.count == 2)
        stage.time.advance(by: .seconds(6 * 3600))
        _ = await stage.cycle()
        #expect(stage.provider.asked.count == 2, "it was settled too long ago")
        #expect(await disagreements() == nil)
    }

    @Test("a webhook that said delivered, and the provider says failed, is told; the row stays")
    func saysSent() async {
        await stage.add(1, ago: .seconds(5)) { _ in ["64016"] }
        await take(0, "10000")
        _ = await stage.cycle()
        #expect(await disagreements()?.examples == [stage.key(0)])
        #expect(await disagreements()?.identity.name.severity == .critical)
        #expect(await status(0) == .sent)
        #expect(await stage.firing() == [.webhookDisagrees])
        stage.time.advance(by: .seconds(601))
        _ = try? await stage.ledger.alerts(at: stage.time.now)
        #expect(await stage.firing().isEmpty)
    }

    @Test("one that said failed, and the provider says delivered, is told and sent")
    func saysFailed() async {
        await stage.add(1, ago: .seconds(5)) { _ in ["64016"] }
        await take(0, "64016")
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        _ = await stage.cycle()
        #expect(await status(0) == .pending)
        stage.provider.fault = nil
        stage.time.advance(by: .seconds(600))
        for _ in 0..<3 where await status(0) == .pending {
            _ = await stage.cycle()
            stage.time.advance(by: .seconds(600))
        }
        #expect(await status(0) == .deadLetter)
        stage.provider.script(stage.key(0), "10000")
        stage.time.advance(by: .seconds(3600))
        let summary = await stage.cycle()
        #expect(summary?.late == 1)
        #expect(await status(0) == .sent)
        #expect(await disagreements()?.count == 1)
    }

    @Test("an answer without a last word, and one of a provider that fails, contradict nothing")
    func undecided() async {
        await stage.add(1, ago: .seconds(5)) { _ in [nil] }
        await take(0, "10000")
        _ = await stage.cycle()
        #expect(stage.provider.asked.count == 1)
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        stage.time.advance(by: .seconds(3600))
        _ = await stage.cycle()
        #expect(await disagreements() == nil)
        #expect(await status(0) == .sent)
    }
}

import Engine
import Reconciliation
import Support
import Testing

/// Rows that the application's table refuses to have changed: people hear of them until they are settled.
@Suite("Refused rows") @EventLoop
struct RefusedRowTests {
    let stage = Stage()

    private func pass(after hours: Int64) async -> Reconciler.Outcome {
        stage.time.advance(by: .seconds(hours * 3601))
        return await stage.outcome()
    }

    @Test("trouble lasts until all of them are written, whatever else is due")
    func untilWritten() async {
        await stage.add(20) { _ in ["10000"] }
        let refused = (0..<5).map(stage.key)
        await stage.ledger.refuse(Set(refused))
        let first = await stage.outcome()
        #expect(await stage.ledger.count(.sent) == 15)
        for outcome in [first, await stage.outcome(), await pass(after: 1)] {
            let message = outcome.storeTrouble?.message
            #expect(
                message?.hasPrefix(
                    "5 rows (msgKey \(refused[0].text), \(refused[1].text), \(refused[2].text), …) cannot be changed: CHECK"
                ) == true, "\(message ?? "nil")")
        }
        await stage.ledger.refuse([refused[4]])
        #expect(await pass(after: 1).storeTrouble?.message.hasPrefix("the row of msgKey \(refused[4].text)") == true)
        await stage.ledger.refuse([])
        #expect(await stage.outcome().storeTrouble != nil, "not tried yet")
        #expect(await pass(after: 1).storeTrouble == nil)
        #expect(await stage.ledger.count(.sent) == 20)
    }

    @Test("they are tried at once when the table is another one, or the daemon is")
    func triedAtOnce() async {
        await stage.add(2) { _ in ["10000"] }
        await stage.ledger.refuse([stage.key(0)])
        #expect(await stage.outcome().storeTrouble != nil)
        await stage.ledger.refuse([])
        #expect(await stage.outcome().storeTrouble != nil, "not tried yet")
        await stage.ledger.redefine()
        #expect(await stage.outcome().storeTrouble == nil)
        #expect(await stage.ledger.count(.sent) == 2)
    }

    @Test("what is wrong with the whole table is nobody's refusal, and over at once")
    func wholeTable() async throws {
        await stage.add(3) { _ in ["10000"] }
        await stage.ledger.failCommits(with: LedgerError(.unusable, "no such column: report_code"))
        #expect(await stage.outcome().storeTrouble?.message == "no such column: report_code")
        #expect(await stage.outcome().storeTrouble?.message == "no such column: report_code")
        #expect(try await stage.ledger.refusals() == nil)
        await stage.ledger.failCommits(with: nil)
        #expect(await stage.outcome().storeTrouble == nil)
        #expect(await stage.ledger.count(.sent) == 3)
    }

    @Test("trouble ends when the application has settled them itself")
    func settledElsewhere() async {
        await stage.add(1) { _ in ["10000"] }
        await stage.ledger.refuse([stage.key(0)])
        #expect(await stage.outcome().storeTrouble != nil)
        await stage.ledger.settle(stage.key(0), .sent, at: stage.time.now)
        #expect(await stage.outcome().storeTrouble == nil)
    }

    @Test("a refused row that a report was about is the same trouble")
    func polled() async {
        let stage = Stage(polls: true)
        let key = stage.key(0)
        await stage.ledger.add(key, acceptedAt: stage.time.now)
        stage.provider.batches = [ReportBatch(id: "A", entries: [ReportEntry(key: key, code: ReportCode("10000"))])]
        await stage.ledger.refuse([key])
        #expect(await stage.outcome().storeTrouble != nil)
        #expect(await stage.outcome().storeTrouble != nil)
        await stage.ledger.refuse([])
        stage.time.advance(by: .seconds(3601))
        #expect(await stage.outcome().storeTrouble == nil)
        #expect(await stage.ledger.count(.sent) == 1)
    }
}

import Engine
@testable import Ledger
import Reconciliation
import Testing

/// Rows that the table refuses to have changed.
@Suite struct RefusedRowTests {
    private let error = LedgerError(.unusable, "CHECK constraint failed: status")

    private func finish(_ ledger: SQLiteLedger) async throws {
        let cycle = CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: now)
    }

    private func putOff(_ message: DueMessage) -> Decision {
        var tracking = message.tracking
        tracking.refusal = error.message
        return Decision(message, .wait(until: now + .hours(1), tracking))
    }

    @Test func theyAreRememberedAcrossARestartUntilTheyAreSettled() async throws {
        let fixture = Fixture()
        fixture.addPending(1...5)
        var ledger = try fixture.open()
        #expect(try await ledger.refusals() == nil)
        _ = try await ledger.commit(try await ledger.walk().map(putOff), at: now)
        try await finish(ledger)
        await ledger.close()

        ledger = try fixture.open()
        let keys = ["m1", "m2", "m3"].map { MessageKey($0) }
        #expect(try await ledger.refusals() == Refusals(count: 5, examples: keys, reason: error.message))
        let due = try await ledger.walk(at: now + .hours(2)).sorted { $0.key < $1.key }
        _ = try await ledger.commit([due[0].delivered(), due[1].failed("64016"), due[2].open()], at: now)
        #expect(try await ledger.refusals()?.count == 3, "one that is in flight by now may be refused again")
        fixture.set("m3", "SENT")
        fixture.set("m4", "CANCELLED")
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm5'")
        try await finish(ledger)
        #expect(try await ledger.refusals() == nil)
    }

    @Test func aDeadLetterOfTheApplicationsIsRememberedAsLongAsItsReport() async throws {
        let fixture = Fixture { $0.findsByKey = true }
        fixture.addPending(1...1)
        fixture.set("m1", "DEAD_LETTER")
        let ledger = try fixture.open()
        let key = MessageKey("m1")
        let message = try #require(try await ledger.reported([key]).first?.message)
        let kept = KeptReports(
            [ReportEntry(key: key, code: ReportCode("10000"))], isMatched: true, receivedAt: now,
            tryAt: now + .hours(1))
        _ = try await ledger.apply([ReportDecision(key, putOff(message), kept: kept)], at: now)
        #expect(try await ledger.walk(at: now + .hours(2)).isEmpty)
        try await finish(ledger)
        #expect(try await ledger.refusals()?.count == 1)
        _ = try await ledger.apply([ReportDecision(key, nil, kept: nil)], at: now)
        try await finish(ledger)
        #expect(try await ledger.refusals() == nil)
    }
}

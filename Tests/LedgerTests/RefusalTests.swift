import Engine
import Ledger
import Reconciliation
import Testing

/// What ends `AccountRefused`, across restarts and for deliveries that only the application saw.
@Suite struct RefusalTests {
    private func refused(at time: Timestamp) -> AlertObservation {
        .refused(.accountRefused, ReportCode("64008")!, AlertOccurrence(count: 1), reportedAt: time)
    }

    private func state(_ fixture: Fixture) -> [[String?]] {
        fixture.raw.rows("SELECT state, episode, delivered_at FROM reconciler_alert WHERE name = 'AccountRefused'")
    }

    private func milliseconds(_ time: Timestamp) -> String { String(time.milliseconds) }

    @Test func theLatestDeliveryIsRememberedForGood() async throws {
        let fixture = Fixture { $0.sinks = [LedgerConfiguration.Sink(name: "log")] }
        fixture.addPending(1...2)
        var ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        try await ledger.observe([.delivered(reportedAt: now + .seconds(5))], at: now + .seconds(6))
        try await ledger.observe([.delivered(reportedAt: now + .seconds(1))], at: now + .seconds(7))
        await ledger.close()

        ledger = try fixture.open()
        try await ledger.observe([refused(at: now + .seconds(4))], at: now + .hours(1))
        try await ledger.observe([refused(at: now + .seconds(3))], at: now + .hours(2))
        #expect(state(fixture) == [["resolved", "1", milliseconds(now + .seconds(5))]])
        #expect(try await ledger.alerts(at: now + .hours(2)).tellings.count == 1, "still to be told")
        try await ledger.observe([refused(at: now + .seconds(5))], at: now + .hours(3))
        #expect(state(fixture) == [["firing", "2", nil]])
    }
}

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

    private func finish(_ ledger: SQLiteLedger, at time: Timestamp = now) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    /// A row as the application's webhook leaves it.
    private func addSent(_ fixture: Fixture, _ id: Int, accepted: Timestamp) {
        fixture.addPending(id...id, age: now - accepted)
        fixture.set("m\(id)", "SENT")
    }

    @Test func aRowThatTheApplicationTurnedToSentEndsIt() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .minutes(10))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(11))
        addSent(fixture, 2, accepted: now - .minutes(10))
        addSent(fixture, 3, accepted: now + .minutes(1))
        fixture.addPending(4...4, age: .minutes(1))
        try await finish(ledger)
        #expect(state(fixture) == [["firing", "1", nil]])
        addSent(fixture, 5, accepted: now - .minutes(9))
        addSent(fixture, 6, accepted: now - .minutes(8))
        try await finish(ledger)
        #expect(state(fixture) == [["resolved", "1", milliseconds(now - .minutes(8))]])
        try await ledger.observe([refused(at: now - .minutes(9))], at: now + .minutes(1))
        #expect(state(fixture).first?[0] == "resolved", "the delivery is remembered")
    }

    @Test func aRowThatTheReconcilerSettledItselfEndsNothing() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .minutes(10))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(1))
        fixture.raw.run(
            "INSERT INTO reconciler_audit (at, message_key, row_id, from_status, to_status, source) "
                + "VALUES (\(now.milliseconds), 'm1', 1, 'pending', 'sent', 'inquiry')")
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "firing")
    }

    @Test func onlyTheNewestRowsAreLookedAt() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .hours(2))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(1))
        fixture.addPending(2...1001)
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "firing")
        fixture.raw.run("DELETE FROM notification_history WHERE id = 1001")
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "resolved")
    }

    @Test func withoutRefusalsNothingIsRemembered() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        addSent(fixture, 1, accepted: now - .minutes(1))
        try await finish(ledger)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_meta WHERE key = 'last_delivery_at'") == 0)
    }
}

import Engine
import Ledger
import Reconciliation
import Testing

/// A table without an `INTEGER PRIMARY KEY` and without an index on the key, whose rows a `VACUUM` renumbers.
@Suite struct MovedRowTests {
    private let fixture: Fixture

    init() {
        fixture = Fixture(
            table: """
                CREATE TABLE notification_history (id TEXT, external_id TEXT, status TEXT DEFAULT 'PENDING',
                    service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)
                """)
        fixture.addPending(1...6, age: .days(4))
    }

    private func tidy(_ ledger: SQLiteLedger, at time: Timestamp) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    private var tracked: [[String?]] {
        fixture.raw.rows("SELECT message_key, row_id FROM reconciler_message ORDER BY message_key")
    }

    /// Gives six messages up, removes two rows and renumbers the others.
    private func moved() async throws -> SQLiteLedger {
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit(due.map { $0.open() }, at: now)
        fixture.raw.run("DELETE FROM notification_history WHERE external_id IN ('m1', 'm4')")
        fixture.raw.run("VACUUM")
        return ledger
    }

    @Test func whatWasGivenUpIsStillWatchedAfterAVacuum() async throws {
        let ledger = try await moved()
        try await tidy(ledger, at: now + .minutes(1))
        #expect(tracked == [["m2", "1"], ["m3", "2"], ["m5", "3"], ["m6", "4"]])
        let due = try await ledger.walk(at: now + .days(1))
        #expect(Set(due.map(\.key.text)) == ["m2", "m3", "m5", "m6"])
        #expect(due.allSatisfy { $0.status == .deadLetter && $0.tracking.reason == .stale })
        let result = try await ledger.commit(due.map { $0.delivered() }, at: now + .days(1))
        #expect(result.applied.count == 4)
    }

    @Test func nothingIsForgottenUntilTheTableWasWalkedAgain() async throws {
        let ledger = try await moved()
        try await tidy(ledger, at: now)
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm2'")
        fixture.raw.run("VACUUM")
        let before = tracked
        try await tidy(ledger, at: now + .minutes(59))
        #expect(tracked == before)
        try await tidy(ledger, at: now + .minutes(60))
        #expect(tracked == [["m3", "1"], ["m5", "2"], ["m6", "3"]])
    }
}

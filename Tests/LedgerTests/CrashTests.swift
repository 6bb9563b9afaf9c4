import Engine
import Ledger
import Reconciliation
import Testing

/// What is left when the process ends at a bad moment.
@Suite struct CrashTests {
    /// The file as it would be found after a `kill -9`: copied, log and all, while a transaction is open.
    @Test(arguments: ["WAL", "DELETE"])
    func aTransactionThatWasCutShortNeverWas(_ journal: String) async throws {
        let fixture = Fixture(journal: journal)
        fixture.addPending(1...5000, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 5000)
        _ = try await ledger.commit(due.prefix(100).map { $0.failed("64008") }, at: now)

        // What a commit does, left open, with a cache so small that much of it has reached the disk already.
        let writer = fixture.raw
        writer.run("PRAGMA cache_size = 5")
        writer.run("BEGIN IMMEDIATE")
        writer.run("UPDATE notification_history SET status = 'SENT', error_message = printf('%500d', id)")
        writer.run("DELETE FROM reconciler_audit")
        let copy = Fixture(table: nil)
        for suffix in ["", "-wal", "-journal"] { fixture.copy(suffix, to: copy) }
        writer.run("ROLLBACK")

        let again = try copy.open()
        #expect(copy.raw.value("PRAGMA integrity_check") == "ok")
        #expect(copy.raw.count("SELECT count(*) FROM notification_history WHERE status = 'DEAD_LETTER'") == 100)
        #expect(copy.raw.count("SELECT count(*) FROM reconciler_audit") == 100)
        #expect(try await again.walk(limit: 5000).count == 4900)
        #expect(try await again.alerts(at: now).alerts.map(\.count) == [100, 100])
    }
}

import Engine
import Glibc
@testable import Ledger
import Reconciliation
import Support
import Testing

/// What goes wrong while the ledger is open: it is said, nothing is half done, and it works again afterwards.
@Suite struct RuntimeErrorTests {
    private func kind(_ body: () async throws -> Void) async -> LedgerError.Kind? {
        await error(body)?.kind
    }

    private func error(_ body: () async throws -> Void) async -> LedgerError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? LedgerError
        }
    }

    private var cycle: CycleRecord {
        CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
    }

    @Test("a locked database is busy and recovers", arguments: ["WAL", "DELETE"])
    func aLockedDatabaseIsBusyAndRecovers(_ journal: String) async throws {
        let fixture = Fixture(journal: journal)
        fixture.addPending(1...3)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let other = fixture.raw
        other.run("BEGIN IMMEDIATE")
        #expect(await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } == .busy)
        #expect(try await ledger.walk().count == 3)
        let jump = AlertObservation.occurred(.clockJump, AlertOccurrence(count: 1))
        #expect(await kind { try await ledger.observe([jump], at: now) } == .busy)
        other.run("COMMIT")
        #expect(try await ledger.commit(due.map { $0.delivered() }, at: now).applied.count == 3)
    }

    @Test("who is to end waits for no lock", arguments: ["WAL", "DELETE"])
    func whoIsToEndWaitsForNoLock(_ journal: String) async throws {
        let fixture = Fixture(journal: journal) { $0.busyTimeout = .seconds(600) }
        fixture.addPending(1...3)
        let patience = Patience()
        let ledger = try SQLLedger.open(fixture.configuration, mode: .readWrite, patience: patience)
        let due = try await ledger.walk()
        let other = fixture.raw
        other.run("BEGIN IMMEDIATE")
        let waiting = Task { await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } }
        #expect(!patience.hasCutOff)
        patience.end(after: .milliseconds(50))
        #expect(await waiting.value == .interrupted)
        #expect(patience.hasCutOff)
        #expect(await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } == .interrupted)
        other.run("COMMIT")
        #expect(try await ledger.commit(due.map { $0.delivered() }, at: now).applied.count == 3, "it need not wait")
    }

    @Test("who is to end waits for no long statement")
    func whoIsToEndWaitsForNoLongStatement() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3)
        fixture.raw.run("CREATE TABLE slow (n)")
        fixture.raw.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
            INSERT INTO slow SELECT i FROM n
            """)
        fixture.raw.run(
            "CREATE TRIGGER costly AFTER UPDATE OF status ON notification_history BEGIN SELECT sum(n) FROM slow; END")
        let patience = Patience()
        let ledger = try SQLLedger.open(fixture.configuration, mode: .readWrite, patience: patience)
        let due = try await ledger.walk()
        patience.end(after: .zero)
        #expect(await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } == .interrupted)
        await ledger.close()
        #expect((1...3).allSatisfy { fixture.status("m\($0)") == "PENDING" })
    }

    @Test("an exclusively locked database cannot be read")
    func anExclusivelyLockedDatabaseCannotBeRead() async throws {
        let fixture = Fixture(journal: "DELETE")
        let ledger = try fixture.open()
        let other = fixture.raw
        other.run("BEGIN EXCLUSIVE")
        #expect(await kind { try await ledger.probe() } == .busy)
        #expect(await kind { _ = try await ledger.walk() } == .busy)
        other.run("COMMIT")
        try await ledger.probe()
    }

    @Test("a full disk changes nothing at all", arguments: ["WAL", "DELETE"])
    func aFullDiskChangesNothingAtAll(_ journal: String) async throws {
        let fixture = Fixture(journal: journal)
        fixture.addPending(1...2000)
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 2000)
        try await ledger.limitPages(toThoseThereAreAnd: 3)
        let decisions = due.map { $0.failed("64008") }
        #expect(await kind { _ = try await ledger.commit(decisions, at: now) } == .full)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 2000)
        #expect(try await ledger.alerts(at: now).alerts.isEmpty)
        for table in ["reconciler_audit", "reconciler_message", "reconciler_alert"] {
            #expect(fixture.raw.count("SELECT count(*) FROM \(table)") == 0)
        }

        try await ledger.limitPages(toThoseThereAreAnd: 100_000)
        #expect(try await ledger.commit(decisions, at: now).applied.count == 2000)
        #expect(fixture.raw.count("SELECT count FROM reconciler_alert WHERE name = 'AccountRefused'") == 2000)
        #expect(fixture.raw.value("PRAGMA integrity_check") == "ok")
    }

    @Test("a row that the table's rules refuse changes nothing")
    func aRowThatTheTablesRulesRefuseChangesNothing() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        fixture.raw.run(
            """
            CREATE TRIGGER no BEFORE UPDATE ON notification_history WHEN new.external_id = 'm2'
            BEGIN SELECT raise(ABORT, 'not this one'); END
            """)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        #expect(await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } == .rowRejected)
        #expect(fixture.status("m1") == "PENDING")
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 0)
    }

    @Test("a column dropped while open is named")
    func aColumnDroppedWhileOpenIsNamed() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        fixture.raw.run("ALTER TABLE notification_history DROP COLUMN created_at")
        do {
            _ = try await ledger.walk()
            Issue.record("the walk went on without the column")
        } catch {
            let error = try #require(error as? LedgerError)
            #expect(error.kind == .unusable)
            #expect(error.message.contains("no such column: n.created_at"))
        }
    }

    @Test(
        "what a trigger says is cleaned",
        arguments: [
            "CREATE TRIGGER no BEFORE UPDATE ON notification_history BEGIN SELECT raise(ABORT, 'busy: 01012345678'); END",
            "CREATE TRIGGER no BEFORE UPDATE ON notification_history BEGIN SELECT raise(FAIL, 'busy:\n010-1234-5678'); END",
        ])
    func whatATriggerSaysIsCleaned(_ trigger: String) async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run(trigger)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let error = try #require(await error { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) })
        #expect(error.kind == .rowRejected)
        #expect(error.message.contains("busy: …"))
        #expect(!error.message.contains("5678"))
        #expect(!error.message.contains("\n"))
    }

    private static let functionOfTheApplications =
        "CREATE TRIGGER no BEFORE UPDATE ON notification_history BEGIN SELECT regexp(new.status, 'A'); END"

    @Test(
        "what is wrong with the table is no row's trouble, and over when it is mended",
        arguments: [
            (
                "ALTER TABLE notification_history RENAME report_code TO code",
                "ALTER TABLE notification_history RENAME code TO report_code", "report_code"
            ),
            (functionOfTheApplications, "DROP TRIGGER no", "trigger no needs the function regexp"),
            (
                "ALTER TABLE notification_history RENAME TO other", "ALTER TABLE other RENAME TO notification_history",
                "notification_history"
            ),
        ])
    func fault(breaking: String, mending: String, name: String) async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        fixture.raw.run(breaking)
        for _ in 1...2 {
            let error = try #require(await error { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) })
            #expect(error.kind == .unusable, "\(error.message)")
            #expect(error.message.contains(name), "\(error.message)")
        }
        fixture.raw.run(mending)
        #expect(try await ledger.commit(due.map { $0.delivered() }, at: now).applied.count == 2)
    }

    @Test("a value that an index cannot take is one row's trouble")
    func aValueThatAnIndexCannotTakeIsOneRowsTrouble() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run("CREATE INDEX detail ON notification_history (json_extract(error_message, '$.x'))")
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        #expect(await kind { _ = try await ledger.commit(due.map { $0.failed("64016") }, at: now) } == .rowRejected)
        #expect(try await ledger.commit(due.map { $0.delivered() }, at: now).applied.count == 1)
    }

    @Test("own tables that were dropped are named and made anew")
    func ownTablesThatWereDroppedAreNamedAndMadeAnew() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        for table in Migration.all.flatMap(\.tables) { fixture.raw.run("DROP TABLE \(table.name)") }
        let error = try #require(await error { _ = try await ledger.commit([due[1].delivered()], at: now) })
        #expect(error.kind == .unusable)
        #expect(error.message.contains("the reconciler's own tables"))
        #expect(!error.message.contains("store.columns"))
        #expect(fixture.status("m2") == "PENDING")
        #expect(try await ledger.commit([due[1].delivered()], at: now).applied.count == 1)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 1)
    }

    @Test("own tables that were dropped in part stay an error")
    func ownTablesThatWereDroppedInPartStayAnError() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.raw.run("DROP TABLE reconciler_alert")
        for _ in 1...2 {
            let error = try #require(await error { _ = try await ledger.alerts(at: now) })
            #expect(error.message.contains("drop the other reconciler_ tables"))
        }
        let error = try #require(await error { try await ledger.finish(cycle, at: now) })
        #expect(error.message.contains("no such table: reconciler_alert"))
    }

    @Test("a database that was replaced is opened anew")
    func aDatabaseThatWasReplacedIsOpenedAnew() async throws {
        let fixture = Fixture(journal: "DELETE")
        fixture.addPending(1...3)
        let ledger = try fixture.open()
        try await ledger.probe()
        let other = Fixture(journal: "DELETE")
        other.addPending(1...5)
        rename(fixture.path, fixture.path + ".old")
        #expect(await kind { try await ledger.probe() } == .unusable)
        rename(other.path, fixture.path)
        #expect(try await ledger.walk().count == 5)
    }

    @Test("a closed ledger says so")
    func aClosedLedgerSaysSo() async throws {
        let ledger = try Fixture().open()
        await ledger.close()
        #expect(await kind { try await ledger.probe() } == .unexpected)
    }

    @Test("nothing is written by a reader")
    func nothingIsWrittenByAReader() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3)
        let ledger = try fixture.open(.readOnly)
        let due = try await ledger.walk()
        #expect(due.count == 3)
        try await ledger.probe()
        #expect(try await ledger.providerHealth() == nil)
        #expect(await kind { _ = try await ledger.commit(due.map { $0.delivered() }, at: now) } == .readOnly)
        #expect(fixture.raw.count("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'reconciler%'") == 0)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 3)
    }
}

extension SQLLedger {
    /// The nearest thing to a full disk.
    fileprivate func limitPages(toThoseThereAreAnd spare: Int) throws {
        try perform { store in
            let pages = try store.database.prepare("PRAGMA page_count").first { $0.count(0) } ?? 0
            _ = try store.database.prepare("PRAGMA max_page_count = \(pages + spare)").first { $0.count(0) }
        }
    }
}

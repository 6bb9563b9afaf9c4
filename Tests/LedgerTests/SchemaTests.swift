import Engine
import Foundation
import Glibc
@testable import Ledger
import Reconciliation
import Support
import Synchronization
import Testing

@Suite struct SchemaTests {
    @Test("the tables are made once and the application's is left as it is")
    func theTablesAreMadeOnceAndTheApplicationsIsLeftAsItIs() throws {
        let fixture = Fixture()
        let before = fixture.raw.rows("SELECT * FROM sqlite_schema WHERE tbl_name NOT LIKE 'reconciler%'")
        #expect(try fixture.open().migrations == Array(1...Migration.currentVersion))
        #expect(try fixture.open().migrations == [])
        #expect(fixture.raw.rows("SELECT * FROM sqlite_schema WHERE tbl_name NOT LIKE 'reconciler%'") == before)
        let made = fixture.raw.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'reconciler%' ORDER BY 1")
        #expect(
            made.compactMap { $0[0]?.dropFirst("reconciler_".count) }
                == [
                    "alert", "audit", "cycle", "delay", "delivery_day", "delivery_reading", "difference", "errand",
                    "hour",
                    "message", "meta", "outcome", "report", "send", "send_recipient", "telling",
                ])
    }

    @Test("the application's journal mode is respected", arguments: ["wal", "delete", "truncate", "persist"])
    func theApplicationsJournalModeIsRespected(_ mode: String) async throws {
        let fixture = Fixture(journal: mode)
        let ledger = try fixture.open()
        fixture.addPending(1...1)
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        let found = fixture.raw.value("PRAGMA journal_mode")
        // truncate and persist belong to a connection; only WAL is a property of the file.
        #expect((found == "wal") == (mode == "wal"))
    }

    @Test("without an index the table is walked")
    func withoutAnIndexTheTableIsWalked() throws {
        #expect(try Fixture().open().duePlan == .tableWalk)
    }

    @Test("the index is made only when allowed and used")
    func theIndexIsMadeOnlyWhenAllowedAndUsed() throws {
        let fixture = Fixture { $0.createIndex = true }
        try fixture.makeIndex()
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        let version = fixture.raw.value("PRAGMA schema_version")
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        #expect(fixture.raw.value("PRAGMA schema_version") == version)
    }

    @Test("the index is not begun while rows are due")
    func theIndexIsNotBegunWhileRowsAreDue() async throws {
        let fixture = Fixture { $0.createIndex = true }
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let cycle = CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        try await ledger.finish(cycle, at: now)
        #expect(try await ledger.rowsToIndex() == 2)
        _ = try await ledger.commit([due[1].open()], at: now)
        try await ledger.finish(cycle, at: now)
        #expect(try await ledger.rowsToIndex() == nil)
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
    }

    @Test("the index follows the configuration")
    func theIndexFollowsTheConfiguration() throws {
        var fixture = Fixture { $0.createIndex = true }
        try fixture.makeIndex()
        fixture.configuration.statuses.pending = "Wait'ing"
        try fixture.makeIndex()
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        let sql = fixture.raw.value("SELECT sql FROM sqlite_schema WHERE name = 'reconciler_pending'")
        #expect(sql?.contains("'Wait''ing'") == true)
    }

    @Test(
        "an index of the application is used",
        arguments: ["(status)", "(status, id)", "(status) WHERE status = 'PENDING'"])
    func anIndexOfTheApplicationIsUsed(_ columns: String) throws {
        let fixture = Fixture()
        fixture.raw.run("CREATE INDEX theirs ON notification_history \(columns)")
        #expect(try fixture.open().duePlan == .indexSearch("theirs"))
    }

    @Test(
        "an index that would have to be sorted is not used",
        arguments: ["(status, created_at)", "(created_at) WHERE status = 'PENDING'"])
    func anIndexThatWouldHaveToBeSortedIsNotUsed(_ columns: String) async throws {
        let fixture = Fixture()
        fixture.raw.run("CREATE INDEX theirs ON notification_history \(columns)")
        fixture.addPending(1...500)
        fixture.raw.run("ANALYZE")
        let ledger = try fixture.open()
        #expect(ledger.duePlan == .tableWalk)
        #expect(try await ledger.walk(limit: 7).count == 500)
    }

    @Test("every step of the walk is a search without a sort", arguments: [false, true])
    func everyStepOfTheWalkIsASearchWithoutASort(_ analyzed: Bool) throws {
        let fixture = Fixture { $0.createIndex = true }
        fixture.addPending(1...1000)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT' WHERE id % 10 != 0")
        _ = try fixture.open()
        try fixture.makeIndex()
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let queries = try DueQueries(mapping, on: connection)
        for query in [false, true].map({ queries.pending.sql([">", "<"], backwards: $0) }) + [queries.tracked] {
            let lines = try QueryPlan(query, on: connection).lines
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(lines)")
        }
        let tracked = try QueryPlan(queries.tracked, on: connection).lines
        #expect(tracked[0].contains("INDEX reconciler_message_due ((next_ask_at,message_key)>(?,?) AND next_ask_at<?)"))
        #expect(queries.keyIsIndexed)
    }

    @Test("a missing file is filled by init-db")
    func aMissingFileIsFilledByInitDb() async throws {
        let fixture = Fixture(table: nil)
        try SQLLedger.initializeDatabase(at: fixture.path)
        #expect(fixture.raw.value("PRAGMA journal_mode") == "wal")
        var status = stat()
        #expect(stat(fixture.path, &status) == 0)
        #expect(status.st_mode & 0o007 == 0)
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        #expect(ledger.migrations.isEmpty)
        #expect(try await ledger.walk().count == 1)
    }

    @Test("an empty file is filled by init-db")
    func anEmptyFileIsFilledByInitDb() throws {
        let fixture = Fixture(table: nil)
        close(open(fixture.path, O_CREAT | O_RDWR, 0o600))
        try SQLLedger.initializeDatabase(at: fixture.path)
        _ = try fixture.open()
    }

    @Test("init-db refuses anything else")
    func initDbRefusesAnythingElse() throws {
        let fixture = Fixture(table: "CREATE TABLE theirs (x)")
        let before = fixture.raw.rows("SELECT * FROM sqlite_schema")
        #expect(throws: LedgerError.self) { try SQLLedger.initializeDatabase(at: fixture.path) }
        #expect(fixture.raw.rows("SELECT * FROM sqlite_schema") == before)
        #expect(throws: LedgerError.self) { try SQLLedger.initializeDatabase(at: fixture.folder.path) }
        let nowhere = fixture.folder.file("none/app.db")
        #expect(throws: LedgerError.self) { try SQLLedger.initializeDatabase(at: nowhere) }
        let text = fixture.folder.file("text")
        let file = fopen(text, "w")
        fputs("not a database at all, but long enough to be taken for one perhaps, or so one would think\n", file)
        fclose(file)
        #expect(throws: LedgerError.self) { try SQLLedger.initializeDatabase(at: text) }
    }
}

@Suite struct InstanceLockTests {
    @Test("a second instance is told of the first")
    func aSecondInstanceIsToldOfTheFirst() throws {
        let fixture = Fixture()
        let first = try InstanceLock.acquire(forDatabase: fixture.path)
        #expect(throws: InstanceLock.LockError.held(pid: getpid())) {
            try InstanceLock.acquire(forDatabase: fixture.path)
        }
        #expect(first.path == fixture.path + ".reconciler-lock")
    }

    @Test("the lock is free when its holder lets go")
    func theLockIsFreeWhenItsHolderLetsGo() throws {
        let fixture = Fixture()
        var first: InstanceLock? = try InstanceLock.acquire(forDatabase: fixture.path)
        #expect(first != nil)
        first = nil
        // At once, but for a program that another test starts: it has a copy of the descriptor until it is executed.
        let end = ContinuousClock.now + patience
        while InstanceLock.isHeld(forDatabase: fixture.path), ContinuousClock.now < end { usleep(1000) }
        _ = try InstanceLock.acquire(forDatabase: fixture.path)
    }

    @Test("another path to the same file is the same lock")
    func anotherPathToTheSameFileIsTheSameLock() throws {
        let fixture = Fixture()
        let link = fixture.folder.file("link.db")
        symlink(fixture.path, link)
        #expect(!InstanceLock.exists(forDatabase: link))
        let first = try InstanceLock.acquire(forDatabase: link)
        #expect(throws: InstanceLock.LockError.self) { try InstanceLock.acquire(forDatabase: fixture.path) }
        #expect(InstanceLock.exists(forDatabase: link))
        #expect(InstanceLock.exists(forDatabase: fixture.path))
        withExtendedLifetime(first) {}
    }

    @Test("who looks whether it is held keeps nobody from taking it")
    func whoLooksKeepsNobodyFromTakingIt() async throws {
        let fixture = Fixture()
        _ = try InstanceLock.acquire(forDatabase: fixture.path)
        let path = fixture.path
        let looks = Mutex(0)
        let onlooker = Thread {
            while !Thread.current.isCancelled {
                _ = InstanceLock.isHeld(forDatabase: path)
                looks.withLock { $0 += 1 }
                usleep(200)
            }
        }
        onlooker.start()
        defer { onlooker.cancel() }
        let end = ContinuousClock.now + patience
        var taken = 0
        while taken < 300, ContinuousClock.now < end {
            let before = looks.withLock { $0 }
            do throws(InstanceLock.LockError) {
                _ = try InstanceLock.acquire(forDatabase: fixture.path)
                taken += 1
            } catch {
                guard case .held = error else { throw error }
                // Not the onlooker's doing: a program that another test starts has the one before until it is executed. And a
                // busy machine may let the onlooker stand still in a look, for longer than anybody tries.
                let isExcused = InstanceLock.isHeld(forDatabase: path) || looks.withLock { $0 } - before < 5
                try #require(isExcused, "\(error)")
            }
        }
        #expect(taken == 300)
    }

    @Test("the lock file is nobody else's and closed on execution")
    func theLockFileIsNobodyElsesAndClosedOnExecution() throws {
        let fixture = Fixture()
        let lock = try InstanceLock.acquire(forDatabase: fixture.path)
        var status = stat()
        #expect(stat(lock.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("a database that is missing or a folder that refuses cannot be locked")
    func aDatabaseThatIsMissingOrAFolderThatRefusesCannotBeLocked() throws {
        let fixture = Fixture(table: nil)
        guard case .cannotLock(let message)? = failure(fixture.path) else {
            Issue.record("locked what is not there")
            return
        }
        #expect(message.contains(fixture.path))
        let other = Fixture()
        chmod(other.folder.path, 0o555)
        defer { chmod(other.folder.path, 0o755) }
        guard case .cannotLock(let message)? = unprivileged({ failure(other.path) }) else {
            Issue.record("locked where nothing can be written")
            return
        }
        #expect(message.contains("Permission denied"))
    }

    private func failure(_ path: String) -> InstanceLock.LockError? {
        do {
            _ = try InstanceLock.acquire(forDatabase: path)
            return nil
        } catch {
            return error
        }
    }
}

/// What is left when the process ends at a bad moment.
@Suite struct CrashTests {
    /// The file as it would be found after a `kill -9`: copied, log and all, while a transaction is open.
    @Test("a transaction that was cut short never was", arguments: ["WAL", "DELETE"])
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

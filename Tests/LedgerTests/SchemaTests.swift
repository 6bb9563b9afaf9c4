import Engine
import Glibc
@testable import Ledger
import Reconciliation
import Support
import Testing

@Suite struct SchemaTests {
    @Test func theTablesAreMadeOnceAndTheApplicationsIsLeftAsItIs() throws {
        let fixture = Fixture()
        let before = fixture.raw.rows("SELECT * FROM sqlite_schema WHERE tbl_name NOT LIKE 'reconciler%'")
        #expect(try fixture.open().migrations == [1, 2, 3, 4, 5, 6])
        #expect(try fixture.open().migrations == [])
        #expect(fixture.raw.rows("SELECT * FROM sqlite_schema WHERE tbl_name NOT LIKE 'reconciler%'") == before)
        let made = fixture.raw.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'reconciler%' ORDER BY 1")
        #expect(
            made.compactMap { $0[0]?.dropFirst("reconciler_".count) }
                == ["alert", "audit", "cycle", "hour", "message", "meta", "report", "telling"])
    }

    @Test(arguments: ["wal", "delete", "truncate", "persist"])
    func theApplicationsJournalModeIsRespected(_ mode: String) async throws {
        let fixture = Fixture(journal: mode)
        let ledger = try fixture.open()
        fixture.addPending(1...1)
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        let found = fixture.raw.value("PRAGMA journal_mode")
        // truncate and persist belong to a connection; only WAL is a property of the file.
        #expect((found == "wal") == (mode == "wal"))
    }

    @Test func withoutAnIndexTheTableIsWalked() throws {
        #expect(try Fixture().open().duePlan == .tableWalk)
    }

    @Test func theIndexIsMadeOnlyWhenAllowedAndUsed() throws {
        let fixture = Fixture { $0.createIndex = true }
        try fixture.makeIndex()
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        let version = fixture.raw.value("PRAGMA schema_version")
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        #expect(fixture.raw.value("PRAGMA schema_version") == version)
    }

    @Test func theIndexIsNotBegunWhileRowsAreDue() async throws {
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

    @Test func theIndexFollowsTheConfiguration() throws {
        var fixture = Fixture { $0.createIndex = true }
        try fixture.makeIndex()
        fixture.configuration.statuses.pending = "Wait'ing"
        try fixture.makeIndex()
        #expect(try fixture.open().duePlan == .indexSearch("reconciler_pending"))
        let sql = fixture.raw.value("SELECT sql FROM sqlite_schema WHERE name = 'reconciler_pending'")
        #expect(sql?.contains("'Wait''ing'") == true)
    }

    @Test(arguments: ["(status)", "(status, id)", "(status) WHERE status = 'PENDING'"])
    func anIndexOfTheApplicationIsUsed(_ columns: String) throws {
        let fixture = Fixture()
        fixture.raw.run("CREATE INDEX theirs ON notification_history \(columns)")
        #expect(try fixture.open().duePlan == .indexSearch("theirs"))
    }

    @Test(arguments: ["(status, created_at)", "(created_at) WHERE status = 'PENDING'"])
    func anIndexThatWouldHaveToBeSortedIsNotUsed(_ columns: String) async throws {
        let fixture = Fixture()
        fixture.raw.run("CREATE INDEX theirs ON notification_history \(columns)")
        fixture.addPending(1...500)
        fixture.raw.run("ANALYZE")
        let ledger = try fixture.open()
        #expect(ledger.duePlan == .tableWalk)
        #expect(try await ledger.walk(limit: 7).count == 500)
    }

    @Test(arguments: [false, true])
    func everyStepOfTheWalkIsASearchWithoutASort(_ analyzed: Bool) throws {
        let fixture = Fixture { $0.createIndex = true }
        fixture.addPending(1...1000)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT' WHERE id % 10 != 0")
        _ = try fixture.open()
        try fixture.makeIndex()
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        let queries = try DueQueries(mapping, on: connection)
        for query in [queries.oldestFirst, queries.newestFirst, queries.tracked] {
            let lines = try QueryPlan(query, on: connection).lines
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(lines)")
        }
        let tracked = try QueryPlan(queries.tracked, on: connection).lines
        #expect(tracked[0].contains("INDEX reconciler_message_due ((next_ask_at,message_key)>(?,?) AND next_ask_at<?)"))
        #expect(queries.keyIsIndexed)
    }

    @Test func aMissingFileIsFilledByInitDb() async throws {
        let fixture = Fixture(table: nil)
        try SQLiteLedger.initializeDatabase(at: fixture.path)
        #expect(fixture.raw.value("PRAGMA journal_mode") == "wal")
        var status = stat()
        #expect(stat(fixture.path, &status) == 0 && status.st_mode & 0o007 == 0)
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        #expect(ledger.migrations.isEmpty)
        #expect(try await ledger.walk().count == 1)
    }

    @Test func anEmptyFileIsFilledByInitDb() throws {
        let fixture = Fixture(table: nil)
        close(open(fixture.path, O_CREAT | O_RDWR, 0o600))
        try SQLiteLedger.initializeDatabase(at: fixture.path)
        _ = try fixture.open()
    }

    @Test func initDbRefusesAnythingElse() throws {
        let fixture = Fixture(table: "CREATE TABLE theirs (x)")
        let before = fixture.raw.rows("SELECT * FROM sqlite_schema")
        #expect(throws: LedgerError.self) { try SQLiteLedger.initializeDatabase(at: fixture.path) }
        #expect(fixture.raw.rows("SELECT * FROM sqlite_schema") == before)
        #expect(throws: LedgerError.self) { try SQLiteLedger.initializeDatabase(at: fixture.folder.path) }
        let nowhere = fixture.folder.file("none/app.db")
        #expect(throws: LedgerError.self) { try SQLiteLedger.initializeDatabase(at: nowhere) }
        let text = fixture.folder.file("text")
        let file = fopen(text, "w")
        fputs("not a database at all, but long enough to be taken for one perhaps, or so one would think\n", file)
        fclose(file)
        #expect(throws: LedgerError.self) { try SQLiteLedger.initializeDatabase(at: text) }
    }
}

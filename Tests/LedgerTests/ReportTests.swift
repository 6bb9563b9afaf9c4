import Engine
@testable import Ledger
import Reconciliation
import Testing

/// What only the SQLite ledger does with reports.
@Suite struct ReportTests {
    private func keep(
        _ ledger: SQLiteLedger, _ key: String, matched: Bool = false, receivedAt: Timestamp = now
    ) async throws {
        let entry = ReportEntry(key: MessageKey(key), serviceType: "SMS", code: ReportCode("64016"))
        let kept = KeptReports([entry], isMatched: matched, receivedAt: receivedAt, tryAt: now + .days(1))
        _ = try await ledger.apply([ReportDecision(MessageKey(key), nil, kept: kept)], at: now)
    }

    private func finish(_ ledger: SQLiteLedger, at time: Timestamp) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    @Test func aDatabaseOfTheFirstVersionIsBroughtUpToDate() async throws {
        let fixture = Fixture()
        _ = try fixture.open()
        for table in ["report", "hour", "cycle"] { fixture.raw.run("DROP TABLE reconciler_\(table)") }
        for index in ["message_refusal", "message_row", "audit_row"] {
            fixture.raw.run("DROP INDEX reconciler_\(index)")
        }
        for column in Migration.all.flatMap(\.columns) where column.table != "reconciler_report" {
            fixture.raw.run("ALTER TABLE \(column.table) DROP COLUMN \(column.definition.prefix { $0 != " " })")
        }
        fixture.raw.run("UPDATE reconciler_meta SET value = '1' WHERE key = 'schema_version'")
        let ledger = try fixture.open()
        #expect(ledger.migrations == [2, 3, 4, 5, 6])
        try await keep(ledger, "a")
    }

    @Test func aKeyWithoutAnIndexIsRefusedWithTheRemedyBeforeAnyTableIsWalked() throws {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT, status TEXT, "
                + "service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)"
        ) { $0.findsByKey = true }
        let error = #expect(throws: LedgerError.self) { try fixture.open() }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("CREATE INDEX … ON notification_history (external_id)") == true)
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        _ = try fixture.open()
    }

    @Test(arguments: [false, true])
    func messagesAndKeptReportsAreFoundByTheirIndexes(_ analyzed: Bool) async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...2000)
        for index in 1...50 { try await keep(ledger, "m\(index)") }
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        let queries = MessageStates.byKeyQuery(mapping)
        #expect(try QueryPlan(queries, on: connection).lines.filter { $0.contains("SCAN") } == [])
        for query in [ReportTable.dueQuery, ReportTable.byKeyQuery, ReportTable.pruneQuery] {
            let lines = try QueryPlan(query, on: connection).lines
            #expect(lines.allSatisfy { !$0.hasPrefix("SCAN") && !$0.hasPrefix("USE TEMP") }, "\(lines)")
        }
    }

    @Test func reportsEndWithTheProvidersWindow() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await keep(ledger, "old", receivedAt: now - .days(30))
        try await keep(ledger, "new", receivedAt: now - .days(29))
        try await finish(ledger, at: now)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_report") == 2)
        try await finish(ledger, at: now + .seconds(1))
        #expect(fixture.raw.rows("SELECT message_key FROM reconciler_report") == [["new"]])
    }

    @Test func reportsWithoutARowAreCounted() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        for key in ["a", "b"] { try await keep(ledger, key) }
        try await keep(ledger, "c", matched: true)
        #expect(try await ledger.overview(at: now).unmatchedReports == 2)
        let fresh = Fixture()
        #expect(try await fresh.open(.readOnly).overview(at: now).unmatchedReports == 0)
    }

    @Test func theAuditSaysThatItCameByPolling() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let found = try await ledger.reported([MessageKey("m1"), MessageKey("m2")]).compactMap(\.message)
        let decisions = found.map { message in
            let decision = message.failed("64016")
            return ReportDecision(message.key, Decision(message, decision.judgement.byReport), kept: nil)
        }
        _ = try await ledger.apply([decisions[0]], at: now)
        _ = try await ledger.commit([found[1].failed("64016")], at: now)
        #expect(try await ledger.message(MessageKey("m1"))?.timeline.map(\.source) == [.polling])
        #expect(try await ledger.message(MessageKey("m2"))?.timeline.map(\.source) == [.inquiry])
    }

    @Test func ofSeveralRowsWithOneKeyThePendingOneIsMeantAndTheCaseOfAKeyCounts() async throws {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT COLLATE NOCASE, "
                + "status TEXT, service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, "
                + "updated_at TEXT)"
        ) { $0.findsByKey = true }
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at) VALUES
                ('M1', 'PENDING', ''), ('m1', 'DEAD_LETTER', ''), ('m1', 'PENDING', ''), ('M2', 'PENDING', '')
            """)
        let ledger = try fixture.open()
        let found = try await ledger.reported([MessageKey("m1"), MessageKey("m2")])
        #expect(found[0].message?.row == RowLocator(rowid: 3))
        #expect(found[1].message == nil)
    }

    @Test func aRowThatCannotBeChangedChangesNothingAndKeepsNothing() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run(
            """
            CREATE TRIGGER no BEFORE UPDATE ON notification_history
            BEGIN SELECT raise(ABORT, 'not this one'); END
            """)
        let ledger = try fixture.open()
        try await keep(ledger, "m1")
        let message = try #require(try await ledger.reported([MessageKey("m1")]).first?.message)
        await #expect(throws: LedgerError.self) {
            try await ledger.apply([ReportDecision(message.key, message.delivered(), kept: nil)], at: now)
        }
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_report") == 1)
    }
}

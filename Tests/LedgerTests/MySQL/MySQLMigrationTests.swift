#if MySQL
    import Engine
    @testable import Ledger
    import Testing

    /// Tables that are made commit what was begun: what breaks a migration off leaves some of them.
    @Suite(.onMySQL) struct MySQLMigrationTests {
        @Test("a first migration that was broken off is gone on with", arguments: [0, 1, 4, 9])
        func brokenOff(_ steps: Int) async throws {
            let fixture = try MySQLFixture()
            try fixture.admin.run(
                """
                CREATE TABLE notification_history (id BIGINT AUTO_INCREMENT PRIMARY KEY, external_id VARCHAR(255) UNIQUE,
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20),
                    error_message VARCHAR(500), created_at DATETIME(6) NOT NULL, updated_at DATETIME(6))
                """)
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(try fixture.address)
            await (try SQLLedger.open(configuration, mode: .readWrite)).close()
            try fixture.admin.run("DELETE FROM reconciler_meta")
            for step in Migration.all.dropFirst(steps) {
                for table in step.tables where table.name != "reconciler_meta" {
                    try fixture.admin.run("DROP TABLE \(table.name)")
                }
            }
            let reader = try SQLLedger.open(configuration, mode: .readOnly)
            #expect(try await reader.schemaVersion() == nil)
            let ledger = try SQLLedger.open(configuration, mode: .readWrite)
            #expect(ledger.migrations == Array(1...Migration.currentVersion))
            #expect(try await ledger.schemaVersion() == Migration.currentVersion)
        }
    }
#endif

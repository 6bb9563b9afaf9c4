#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// A column, or a database, whose character set has not all that the provider writes.
    @Suite struct NarrowColumnTests {
        private static let words = "카카오톡 미사용자 (café)"

        /// What becomes of the row of a message that failed with these words.
        private func settle(_ configuration: LedgerConfiguration) async throws -> CommitResult {
            let ledger = try SQLLedger.open(configuration, mode: .readWrite)
            let message = try #require(try await ledger.dueMessage("m1"))
            let entry = ReportEntry(
                key: message.key, code: ReportCode("64016"), text: Self.words, reportedAt: now)
            return try await ledger.commit([message.judged([entry])], at: now)
        }

        private func narrowColumn(_ configuration: LedgerConfiguration) async throws -> NarrowColumn? {
            try await SQLLedger.open(configuration, mode: .readOnly).narrowColumn()
        }

        private func configuration(_ address: ServerAddress) -> LedgerConfiguration {
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(address)
            return configuration
        }
    }
#endif

#if MySQL
    extension NarrowColumnTests {
        @Test(
            "a row is settled, with ? for what its column cannot hold", .onMySQL,
            arguments: [
                ("TEXT CHARACTER SET latin1", "???? ???? (café)"),
                ("VARCHAR(40) CHARACTER SET ascii NOT NULL", "???? ???? (caf?)"),
                ("VARCHAR(25) CHARACTER SET latin1", "???? ?"),
                ("TEXT CHARACTER SET euckr", "카카오톡 미사용자 (caf?)"),
                ("TEXT CHARACTER SET utf8mb3", "카카오톡 미사용자 (café)"),
            ])
        func mysql(type: String, held: String) async throws {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect(ServerLimits(utcOffset: KoreanTime.offset))
            try connection.run(
                """
                CREATE TABLE notification_history (id BIGINT AUTO_INCREMENT PRIMARY KEY, external_id VARCHAR(64) UNIQUE,
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20), error_message \(type),
                    created_at DATETIME NOT NULL, updated_at DATETIME)
                """)
            try connection.run(
                """
                INSERT INTO notification_history (external_id, status, error_message, created_at)
                VALUES ('m1', 'PENDING', '', '2027-01-15 15:00:00')
                """)
            let result = try await settle(configuration(fixture.address))
            #expect(result.applied.count == 1)
            #expect(
                try connection.rows("SELECT status, error_message FROM notification_history")
                    == [["DEAD_LETTER", "[64016] recipient: \(held)"]])
        }

        @Test("a default that it would take away is to be added by hand", .onMySQL)
        func mysqlDefault() async throws {
            let fixture = try MySQLFixture()
            try fixture.connect().run(
                """
                CREATE TABLE notification_history (id BIGINT AUTO_INCREMENT PRIMARY KEY, external_id VARCHAR(64) UNIQUE,
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20),
                    error_message VARCHAR(40) NOT NULL DEFAULT '', created_at DATETIME NOT NULL, updated_at DATETIME)
                    DEFAULT CHARACTER SET latin1
                """)
            let found = try #require(try await narrowColumn(configuration(fixture.address)))
            #expect(found.remedy.hasSuffix("NOT NULL DEFAULT … (as SHOW CREATE TABLE has it)"))
        }

        @Test("check names the ALTER TABLE that is needed for Korean", .onMySQL)
        func mysqlRemedy() async throws {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect()
            try connection.run(
                """
                CREATE TABLE notification_history (id BIGINT AUTO_INCREMENT PRIMARY KEY, external_id VARCHAR(64) UNIQUE,
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20),
                    error_message VARCHAR(40) NOT NULL, created_at DATETIME NOT NULL, updated_at DATETIME)
                    DEFAULT CHARACTER SET latin1
                """)
            let found = try #require(try await narrowColumn(configuration(fixture.address)))
            #expect(found.name == "error_message")
            #expect(found.characterSet == "latin1")
            // As an administrator's session, which has the server's own quotes, takes it.
            try fixture.admin.run("SET SESSION sql_mode = DEFAULT")
            try fixture.admin.run(found.remedy)
            #expect(try await narrowColumn(configuration(fixture.address)) == nil)
            let columns = try MySQLServer.description(of: "notification_history", fixture.address, on: connection)
            #expect(columns.column("error_message")?.type == "varchar(40)")
            #expect(columns.column("error_message")?.isNotNull == true)
        }
    }
#endif

#if PostgreSQL
    extension NarrowColumnTests {
        @Test(
            "a row of a database that is not in Unicode is settled, and check says what that cannot hold",
            .enabled(if: TestPostgreSQL.isThere),
            arguments: [
                ("LATIN1", "TEXT", "???? ???? (café)"), ("SQL_ASCII", "TEXT", "카카오톡 미사용자 (café)"),
                ("SQL_ASCII", "VARCHAR(100)", "카카오톡 미"),
            ])
        func postgresql(encoding: String, type: String, held: String) async throws {
            let database = TestDatabase(encoding: encoding)
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            try connection.run("ALTER TABLE notification_history ALTER COLUMN error_message TYPE \(type)")
            try connection.run(
                "INSERT INTO notification_history (external_id, created_at) VALUES ('m1', '2027-01-15 15:00:00')")
            let result = try await settle(configuration(database.address))
            #expect(result.applied.count == 1)
            let rows = try connection.rows("SELECT status, error_message FROM notification_history")
            #expect(rows == [["DEAD_LETTER", "[64016] recipient: \(held)"]])
            let found = try await narrowColumn(configuration(database.address))
            #expect(found?.characterSet == (encoding == "SQL_ASCII" ? nil : encoding), "that holds all it is given")
            #expect(found?.remedy.contains("ENCODING 'UTF8'") != false)
        }

        @Test("of a database in Unicode there is nothing to say", .enabled(if: TestPostgreSQL.isThere))
        func unicode() async throws {
            let database = TestDatabase()
            try TestDatabase.withTable(on: try database.connect())
            #expect(try await narrowColumn(configuration(database.address)) == nil)
        }
    }
#endif

#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// A column that gives a key back as another text than the one that was written.
    @Suite struct PaddedKeyTests {
        private func configuration(_ address: ServerAddress) -> LedgerConfiguration {
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(address)
            return configuration
        }

        /// Both pending; one has no key, whatever its column makes of that.
        private static let rows = """
            INSERT INTO notification_history (external_id, status, created_at)
            VALUES ('m1', 'PENDING', '2027-01-15 15:00:00'), ('', 'PENDING', '2027-01-15 15:00:00')
            """

        private func isSettled(_ configuration: LedgerConfiguration) async throws {
            let ledger = try SQLLedger.open(configuration, mode: .readWrite)
            let key = MessageKey("m1")
            #expect(try await ledger.walk().map(\.key) == [key])
            #expect(try await ledger.overview(at: now).pendingWithoutKey == 1)
            #expect(try await ledger.message(key)?.message?.key == key)
            #expect(try await ledger.list(MessageFilter(), limit: 9).map(\.key) == [nil, key])
            let message = try #require(try await ledger.dueMessage("m1"))
            #expect(try await ledger.commit([message.delivered()], at: now).applied.count == 1)
            #expect(try await ledger.walk().isEmpty)
        }
    }
#endif

#if MySQL
    extension PaddedKeyTests {
        private func mysqlTable(_ type: String) throws -> MySQLFixture {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect(ServerLimits(utcOffset: KoreanTime.offset))
            try connection.run(
                """
                CREATE TABLE notification_history (id BIGINT AUTO_INCREMENT PRIMARY KEY, external_id \(type),
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20), error_message TEXT,
                    created_at DATETIME NOT NULL, updated_at DATETIME, KEY by_key (external_id))
                """)
            try connection.run(Self.rows)
            return fixture
        }

        @Test("is read without its blanks, and settled", .onMySQL, arguments: ["CHAR(40)", "VARBINARY(40)"])
        func mysql(type: String) async throws {
            let fixture = try mysqlTable(type)
            try await isSettled(configuration(fixture.address))
            withExtendedLifetime(fixture) {}
        }

        @Test("one that is filled up with zero bytes is refused by name", .onMySQL)
        func mysqlBytes() throws {
            let fixture = try mysqlTable("BINARY(40)")
            let error = #expect(throws: LedgerError.self) {
                _ = try SQLLedger.open(configuration(fixture.address), mode: .readOnly)
            }
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("column external_id") == true)
            #expect(error?.message.contains("binary(40)") == true)
        }
    }
#endif

#if PostgreSQL
    extension PaddedKeyTests {
        static let types = ["CHAR(40)", "padded", "citext", "VARCHAR(40)", "TEXT"]

        private func postgresqlTable(_ type: String) throws -> TestDatabase {
            let database = TestDatabase()
            let connection = try database.connect()
            try database.connectAsAdmin().run("CREATE EXTENSION citext")
            try connection.run("CREATE DOMAIN padded AS CHAR(40)")
            try TestDatabase.withTable(on: connection)
            try connection.run("ALTER TABLE notification_history ALTER COLUMN external_id TYPE \(type)")
            try connection.run(Self.rows)
            return database
        }

        @Test("is read without its blanks, and settled", .enabled(if: TestPostgreSQL.isThere), arguments: types)
        func postgresql(type: String) async throws {
            let database = try postgresqlTable(type)
            try await isSettled(configuration(database.address))
            withExtendedLifetime(database) {}
        }

        @Test("is looked up by the column's own index", .enabled(if: TestPostgreSQL.isThere), arguments: types)
        func postgresqlIndex(type: String) throws {
            let database = try postgresqlTable(type)
            let configuration = configuration(database.address)
            _ = try SQLLedger.open(configuration, mode: .readWrite)
            let server = try ServerDatabase(database.address, configuration, .readOnly, patience: nil)
            let mapping = try TableInspection(database: server, configuration: configuration).mapping()
            #expect(try DueQueries(mapping, on: server).keyIsIndexed)
            let connection = try database.connect()
            try connection.run("SET enable_seqscan = off")
            let several = "SELECT 1 FROM \(mapping.table) AS n \(mapping.whereKeyIsOf(["?1", "?2"]))"
            for query in [MessageStates.byKeyQuery(mapping), several] {
                let lines: [[String?]] = try connection.rows(
                    "EXPLAIN \(query)", SQLValue.text("m1"), SQLValue.text("m2"))
                let plan = lines.map { $0[0] ?? "" }
                #expect(plan.contains { $0.contains("Index Cond") && $0.contains("external_id") }, "\(plan)")
            }
        }
    }
#endif

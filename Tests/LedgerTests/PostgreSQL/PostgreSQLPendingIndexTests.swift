#if PostgreSQL
    import Engine
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Synchronization
    import Testing

    /// The index that `store.create_index` allows.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLPendingIndexTests {
        let database = TestDatabase()
        private let dialect = PostgreSQLDialect()

        private func configuration(_ configure: (inout LedgerConfiguration) -> Void = { _ in }) -> LedgerConfiguration {
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(database.address)
            configuration.createIndex = true
            configure(&configuration)
            return configuration
        }

        private func mapping(_ configuration: LedgerConfiguration) throws -> TableMapping {
            let database = try ServerDatabase(self.database.address, configuration, .readOnly, patience: nil)
            return try TableInspection(database: database, configuration: configuration).mapping()
        }

        /// Whose transactions last as long as it wants.
        private func application() throws -> PostgreSQLConnection {
            try database.connect { $0.idleInTransaction = .seconds(600) }
        }

        /// With an index that was not finished, and a session that holds the lock of one that is being made.
        private func tableBeingIndexed(_ connection: PostgreSQLConnection) throws -> PostgreSQLConnection {
            try TestDatabase.withTable(on: connection)
            for _ in 1...2 { try connection.run("INSERT INTO notification_history DEFAULT VALUES") }
            _ = connection.failure(
                "CREATE UNIQUE INDEX CONCURRENTLY \(pendingIndexName) ON notification_history (status)")
            let other = try application()
            try other.begin()
            try other.run("LOCK TABLE notification_history IN SHARE UPDATE EXCLUSIVE MODE")
            return other
        }

        private func definition(_ connection: PostgreSQLConnection) throws -> String? {
            try connection.one("SELECT indexdef FROM pg_indexes WHERE indexname = '\(pendingIndexName)'")
        }

        private func isValid(_ connection: PostgreSQLConnection) throws -> String? {
            try connection.one(
                """
                SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE c.relname = '\(pendingIndexName)'
                """)
        }

        @Test("has our pending rows alone, in their order, whatever the words and the types are")
        func definitions() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            try connection.run(dialect.pendingIndex(try mapping(configuration())))
            let plain = try #require(try definition(connection))
            #expect(plain.contains("ON public.notification_history USING btree (status, id)"), "\(plain)")
            #expect(plain.hasSuffix("WHERE ((status)::text = 'PENDING'::text)"), "\(plain)")
            try connection.run("DROP INDEX \(pendingIndexName)")
            try connection.run("CREATE TYPE state AS ENUM ('WAITS', 'SENT', 'DEAD_LETTER')")
            try connection.run(
                """
                CREATE TABLE other (key UUID PRIMARY KEY, external_id TEXT, "Status" state, service_type TEXT, report_code TEXT,
                    error_message TEXT, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ)
                """)
            let other = configuration {
                $0.table = "other"
                $0.columns.id = "key"
                $0.columns.status = "Status"
                $0.statuses.pending = "WAITS"
                $0.serviceTypes = ["ALIMTALK"]
            }
            try connection.run(dialect.pendingIndex(try mapping(other)))
            let made = try #require(try definition(connection))
            #expect(made.contains(#"("Status", key) WHERE (("Status" = 'WAITS'::state) AND"#), "\(made)")
            #expect(made.contains("'ALIMTALK'::text"), "\(made)")
            let database = try ServerDatabase(self.database.address, other, .readOnly, patience: nil)
            let found = try TableInspection(database: database, configuration: other).mapping()
            #expect(try database.hasPendingIndex(found))
        }

        @Test("one that was not finished is made anew")
        func remnant() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            for key in ["a", "b"] {
                try connection.run("INSERT INTO notification_history (external_id) VALUES ('\(key)')")
            }
            #expect(
                connection.failure(
                    "CREATE UNIQUE INDEX CONCURRENTLY \(pendingIndexName) ON notification_history (status)") != nil)
            #expect(try isValid(connection) == "0")
            try PostgreSQLServer.makePendingIndex(try mapping(configuration()), on: connection)
            #expect(try isValid(connection) == "1")
            #expect(try definition(connection)?.contains("UNIQUE") == false)
        }

        @Test("one that another session is making is left to it")
        func workedOn() throws {
            let connection = try database.connect()
            let other = try tableBeingIndexed(connection)
            defer { other.close() }
            let error = #expect(throws: LedgerError.self) {
                try PostgreSQLServer.makePendingIndex(try mapping(configuration()), on: connection)
            }
            #expect(error?.kind == .busy)
            #expect(try isValid(connection) == "0")
        }

        @Test("of a partitioned table none is made, and it is said who must make it")
        func partitioned() async throws {
            let connection = try database.connect()
            try connection.run(
                """
                CREATE TABLE notification_history (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id TEXT,
                    status TEXT NOT NULL DEFAULT 'PENDING', service_type TEXT, report_code TEXT, error_message TEXT,
                    created_at TIMESTAMP NOT NULL DEFAULT now(), updated_at TIMESTAMP) PARTITION BY RANGE (id)
                """)
            try connection.run(
                "CREATE TABLE first_part PARTITION OF notification_history FOR VALUES FROM (0) TO (1000000)")
            let mapping = try mapping(configuration())
            let error = #expect(throws: LedgerError.self) {
                try PostgreSQLServer.makePendingIndex(mapping, on: connection)
            }
            #expect(error?.message.contains("is partitioned") == true)
            let ledger = try SQLLedger.open(configuration(), mode: .readWrite)
            let obstacle = try #require(try await ledger.indexObstacle())
            let statement = try #require(obstacle.firstRange(of: "CREATE INDEX").map { obstacle[$0.lowerBound...] })
            try connection.run(String(statement.prefix { $0 != ";" }))
            let anew = try SQLLedger.open(configuration(), mode: .readOnly)
            #expect(try await anew.indexObstacle() == nil)
            #expect(try await anew.rowsToIndex() == nil)
        }

        @Test("keeps no commit and no lease waiting, however long it takes")
        func beside() async throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            let ledger = try SQLLedger.open(configuration(), mode: .readWrite)
            let news = Mutex<[String]>([])
            await ledger.onIndexing { event in news.withLock { $0.append("\(event)") } }
            // It waits for whoever has written to the table.
            let other = try application()
            try other.begin()
            try other.run("INSERT INTO notification_history (external_id) VALUES ('a')")
            for _ in 1...2 {
                try await ledger.finish(
                    CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now)),
                    at: now)
            }
            try connection.run(
                "INSERT INTO notification_history (external_id, created_at) VALUES ('m1', '2027-01-15 15:00:00')")
            let message = try #require(try await ledger.dueMessage("m1"))
            #expect(try await ledger.commit([message.delivered()], at: now).applied.count == 1)
            #expect(news.withLock { $0 } == ["begun"])
            #expect(try isValid(connection) != "1")
            try other.run("COMMIT")
            await ledger.untilIndexed()
            #expect(news.withLock { $0 } == ["begun", "made"])
            #expect(try isValid(connection) == "1")
            #expect(try await ledger.rowsToIndex() == nil, "the database is opened anew")
        }

        @Test("one that failed is told, and not tried again at once")
        func failed() async throws {
            let connection = try database.connect()
            let other = try tableBeingIndexed(connection)
            let ledger = try SQLLedger.open(configuration(), mode: .readWrite)
            let news = Mutex<[String]>([])
            await ledger.onIndexing { event in news.withLock { $0.append("\(event)") } }
            for minutes in [0, 1, 61, 62] as [Int64] {
                if minutes == 61 { try other.run("COMMIT") }
                try await ledger.finish(
                    CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now)),
                    at: now + .minutes(minutes))
                await ledger.untilIndexed()
            }
            #expect(news.withLock { $0.map { $0.prefix(6) } } == ["begun", "failed", "begun", "made"])
            #expect(try isValid(connection) == "1")
        }
    }
#endif

#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// `send` and `record` where rows have no numbers, or the account has few rights.
    @Suite struct ServerSendTests {
        private let key = SendKey("bzr-1")

        private var send: NewSend {
            get throws {
                let body = #"{"destinations":[{"to":"01"},{"to":"02"},{"to":"03"}],"messageFlow":[{"alimtalk":{}}]}"#
                return NewSend(try SendRequest(body: Array(body.utf8)), as: key, serviceType: nil)
            }
        }

        private func ledger(_ address: ServerAddress) throws -> SQLLedger {
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(address)
            return try SQLLedger.open(configuration, mode: .readWrite)
        }

        /// Two of three are accepted, later than a minute after.
        private func conclude(_ ledger: SQLLedger) async throws {
            let outcomes: [Int: RecipientOutcome] = [
                0: .accepted(MessageKey("K1"), isNew: true), 1: .rejected("A306"),
                2: .accepted(MessageKey("K3"), isNew: true),
            ]
            _ = try await ledger.conclude(
                key, OpenSend.Conclusion(outcomes: outcomes), lookedAt: nil, tryAt: now + .hours(1), at: now + .hours(1)
            )
        }

        /// Keys and statuses, in the order of the keys.
        private static let rows = "SELECT external_id, status FROM notification_history ORDER BY external_id"

        private func table(id: String, time: String) -> String {
            """
            CREATE TABLE notification_history (\(id), external_id VARCHAR(255) UNIQUE, status VARCHAR(20) NOT NULL,
                service_type VARCHAR(20), report_code VARCHAR(20), error_message VARCHAR(500), created_at \(time) NOT NULL,
                updated_at \(time))
            """
        }
    }
#endif

#if MySQL
    extension ServerSendTests {
        @Test(
            "rows that could not be found again are refused before anything is written, by the column's name", .onMySQL,
            arguments: [
                "id CHAR(36) DEFAULT UUID() PRIMARY KEY", "id BINARY(16) DEFAULT (RANDOM_BYTES(16)) PRIMARY KEY",
                "id BIGINT DEFAULT (UUID_SHORT()) PRIMARY KEY",
                "id CHAR(36) DEFAULT UUID() PRIMARY KEY, number BIGINT AUTO_INCREMENT UNIQUE",
            ])
        func mysqlWithoutNumber(id: String) async throws {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect()
            try connection.run(table(id: id, time: "DATETIME"))
            let ledger = try ledger(fixture.address)
            let error = await #expect(throws: LedgerError.self) { try await ledger.begin(try send, at: now) }
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("column id of table notification_history") == true)
            #expect(error?.message.contains("AUTO_INCREMENT") == true)
            #expect(try await ledger.openSend(key) == nil)
            _ = try await ledger.record([MessageKey("K1"), MessageKey("K2")], serviceType: nil, at: now)
            #expect(try connection.rows(Self.rows) == [["K1", "PENDING"], ["K2", "PENDING"]])
        }

        @Test("an account of its own is told what it lacks before anything is written, and needs no more", .onMySQL)
        func mysqlGrants() async throws {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect()
            try connection.run(table(id: "id BIGINT AUTO_INCREMENT PRIMARY KEY", time: "DATETIME"))
            let table = "\(fixture.name).notification_history"
            let account = try fixture.account(
                "SELECT, INSERT, UPDATE (status, report_code, error_message, updated_at) ON \(table)")
            for name in (Migration.all.flatMap(\.tables) + LeaseTable.definitions).map(\.name) {
                try fixture.admin.run(
                    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON \(fixture.name).\(name) TO"
                        + " \(account.user)@'127.0.0.1'")
            }
            let ledger = try ledger(account)
            let error = await #expect(throws: LedgerError.self) { try await ledger.begin(try send, at: now) }
            #expect(error?.kind == .readOnly)
            let grant =
                "GRANT UPDATE (`external_id`, `created_at`) ON `\(fixture.name)`.`notification_history` TO"
                + " '\(account.user)'@'127.0.0.1';"
            #expect(error?.message.hasSuffix("have an administrator run \(grant)") == true)
            #expect(try connection.rows(Self.rows) == [])
            #expect(try await ledger.missingGrants(for: .recorded) == [])
            #expect(try await ledger.missingGrants(for: .sent) == [grant])
            try fixture.admin.run("SET SESSION sql_mode = ''")
            try fixture.admin.run(String(grant.dropLast()))
            let other = try self.ledger(account)
            try await other.begin(try send, at: now)
            try await conclude(other)
            #expect(
                try connection.rows("SELECT external_id FROM notification_history WHERE external_id IS NOT NULL")
                    == [["K1"], ["K3"]])
        }
    }
#endif

#if PostgreSQL
    extension ServerSendTests {
        @Test(
            "rows are found again by whatever is their key", .enabled(if: TestPostgreSQL.isThere),
            arguments: [
                "BIGINT GENERATED ALWAYS AS IDENTITY", "SMALLSERIAL", "UUID DEFAULT gen_random_uuid()",
                "TEXT DEFAULT md5(random()::text)", "NUMERIC DEFAULT random()", "CHAR(40) DEFAULT md5(random()::text)",
            ])
        func postgresql(id: String) async throws {
            let database = TestDatabase()
            let connection = try database.connect()
            try connection.run(table(id: "id \(id) PRIMARY KEY", time: "TIMESTAMPTZ"))
            let ledger = try ledger(database.address)
            try await ledger.begin(try send, at: now)
            try await conclude(ledger)
            #expect(
                try connection.rows(Self.rows) == [["K1", "PENDING"], ["K3", "PENDING"], [nil, "DEAD_LETTER"]])
            _ = try await ledger.record([MessageKey("K3"), MessageKey("K4")], serviceType: nil, at: now)
            #expect(
                try connection.rows(Self.rows)
                    == [["K1", "PENDING"], ["K3", "PENDING"], ["K4", "PENDING"], [nil, "DEAD_LETTER"]])
        }

        @Test(
            "a trigger that puts rows elsewhere keeps `send` from beginning, and not `record`",
            .enabled(if: TestPostgreSQL.isThere))
        func postgresqlTrigger() async throws {
            let database = TestDatabase()
            let connection = try database.connect()
            try connection.run(table(id: "id BIGSERIAL PRIMARY KEY", time: "TIMESTAMPTZ"))
            try connection.run("CREATE TABLE part (LIKE notification_history) INHERITS (notification_history)")
            try connection.run(
                """
                CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO part VALUES (NEW.*); RETURN NULL; END $$
                """)
            try connection.run(
                "CREATE TRIGGER move BEFORE INSERT ON notification_history FOR EACH ROW EXECUTE FUNCTION move()")
            let ledger = try ledger(database.address)
            let error = await #expect(throws: LedgerError.self) { try await ledger.begin(try send, at: now) }
            #expect(error?.kind == .unusable)
            #expect(try connection.rows(Self.rows) == [])
            _ = try await ledger.record([MessageKey("K1")], serviceType: nil, at: now)
            #expect(try connection.rows(Self.rows) == [["K1", "PENDING"]])
        }

        @Test(
            "an account of its own is told what it lacks before anything is written, and needs no more",
            .enabled(if: TestPostgreSQL.isThere))
        func postgresqlGrants() async throws {
            let database = TestDatabase()
            let (connection, admin) = (try database.connect(), try database.connectAsAdmin())
            try connection.run(table(id: "id BIGSERIAL PRIMARY KEY", time: "TIMESTAMPTZ"))
            let role = TestRole(in: database)
            for grant in [
                "CREATE ON SCHEMA public", "USAGE ON SEQUENCE notification_history_id_seq",
                "SELECT, INSERT, UPDATE (status, report_code, error_message, updated_at) ON notification_history",
            ] { try admin.run("GRANT \(grant) TO \(role.name)") }
            let ledger = try ledger(role.address)
            let error = await #expect(throws: LedgerError.self) { try await ledger.begin(try send, at: now) }
            #expect(error?.kind == .readOnly)
            let grant =
                "GRANT UPDATE (\"external_id\", \"created_at\") ON \"public\".\"notification_history\" TO \(role.name);"
            #expect(error?.message.hasSuffix("have an administrator run \(grant)") == true)
            #expect(try connection.rows(Self.rows) == [])
            #expect(try await ledger.missingGrants(for: .recorded) == [])
            #expect(try await ledger.missingGrants(for: .sent) == [grant])
            try admin.run(grant)
            try await ledger.begin(try send, at: now)
            try await conclude(ledger)
            #expect(
                try connection.rows(Self.rows) == [["K1", "PENDING"], ["K3", "PENDING"], [nil, "DEAD_LETTER"]])
            await ledger.close()
        }
    }
#endif

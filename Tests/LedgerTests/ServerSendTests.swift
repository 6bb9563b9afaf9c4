#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// `send` and `record` where the account has few rights.
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

#if PostgreSQL
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Support
    import Testing

    /// The server that Tests/servers/postgresql.py has started.
    enum TestPostgreSQL {
        static var isThere: Bool { getenv("TEST_POSTGRESQL_URL") != nil }

        static let admin = address("TEST_POSTGRESQL_ADMIN_URL", "TEST_POSTGRESQL_ADMIN_PASSWORD")
        static let tester = address("TEST_POSTGRESQL_URL", "TEST_POSTGRESQL_PASSWORD")
        static let pooled = address("TEST_PGBOUNCER_URL", "TEST_POSTGRESQL_PASSWORD")

        private static func address(_ url: String, _ password: String) -> ServerAddress {
            func value(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
            return address(value(url), password: value(password))
        }

        /// - Parameter url: `postgresql://user@host:port/database`
        static func address(_ url: String, password: String) -> ServerAddress {
            let parts = url.split { "/@:".contains($0) }.map(String.init)
            precondition(parts.count == 5, "no address of a server: \(url)")
            return ServerAddress(
                scheme: .postgresql, user: parts[1], host: parts[2], port: Int(parts[3]), database: parts[4],
                password: Secret(password))
        }

        /// For what cannot be done in a transaction.
        static func administer(_ statement: String) {
            let environment = ["PGPASSWORD=\(admin.password?.reveal() ?? "")", "PATH=/usr/bin:/bin"]
            let arguments = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", admin.text, "-c", statement]
            var argv = arguments.map { strdup($0) } + [nil]
            var envp = environment.map { strdup($0) } + [nil]
            defer { for text in argv + envp { free(text) } }
            var id: pid_t = 0
            var status: Int32 = -1
            precondition(posix_spawnp(&id, "psql", nil, nil, &argv, &envp) == 0, "the tests need psql")
            waitpid(id, &status, 0)
            precondition(status == 0, "psql failed: \(statement)")
        }
    }

    /// A database of a test's own, gone with the value.
    final class TestDatabase: Sendable {
        let name: String
        let address: ServerAddress

        /// - Parameter encoding: nil for the server's usual one, UTF8.
        init(encoding: String? = nil) {
            name = "test_\(UInt64.random(in: 0 ... .max))"
            var address = TestPostgreSQL.tester
            address.database = name
            self.address = address
            TestPostgreSQL.administer(
                "CREATE DATABASE \(name) OWNER tester"
                    + (encoding.map { " ENCODING '\($0)' LOCALE 'C' TEMPLATE template0" } ?? ""))
        }

        deinit {
            TestPostgreSQL.administer("DROP DATABASE \(name) WITH (FORCE)")
        }

        func connect(_ adjust: (inout ServerLimits) -> Void = { _ in }) throws -> PostgreSQLConnection {
            var limits = ServerLimits(connect: patience, utcOffset: 9 * 3600)
            adjust(&limits)
            return try PostgreSQLConnection(address, limits)
        }

        /// By way of PgBouncer.
        func connectPooled(
            utcOffset: Int = 9 * 3600, idleInTransaction: Duration = .seconds(10)
        ) throws -> PostgreSQLConnection {
            var address = TestPostgreSQL.pooled
            address.database = name
            let limits = ServerLimits(connect: patience, idleInTransaction: idleInTransaction, utcOffset: utcOffset)
            return try PostgreSQLConnection(address, limits)
        }

        func connectAsAdmin() throws -> PostgreSQLConnection {
            var address = TestPostgreSQL.admin
            address.database = name
            return try PostgreSQLConnection(address, ServerLimits())
        }

        /// With the application's table, of the usual columns.
        static func withTable(on connection: PostgreSQLConnection) throws {
            try connection.run(
                """
                CREATE TABLE notification_history (
                    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id VARCHAR(64) UNIQUE,
                    status VARCHAR(20) NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'DEAD_LETTER')),
                    service_type TEXT, report_code TEXT, error_message TEXT, created_at TIMESTAMP NOT NULL DEFAULT now(),
                    updated_at TIMESTAMP)
                """)
        }
    }

    /// A role of a test's own.
    final class TestRole {
        let name: String
        private let password = Secret("secret-\(UInt64.random(in: 0 ... .max))")
        private let database: TestDatabase

        init(in database: TestDatabase, _ options: String = "") {
            name = "role_\(UInt64.random(in: 0 ... .max))"
            self.database = database
            TestPostgreSQL.administer("CREATE ROLE \(name) LOGIN \(options) PASSWORD '\(password.reveal())'")
        }

        /// What it owns and may do must be gone before.
        deinit {
            if let admin = try? database.connectAsAdmin() { _ = try? admin.query("DROP OWNED BY \(name)", []) }
            TestPostgreSQL.administer("DROP ROLE \(name)")
        }

        var address: ServerAddress {
            var address = database.address
            address.user = name
            address.password = password
            return address
        }

        func connect() throws -> PostgreSQLConnection { try PostgreSQLConnection(address, ServerLimits()) }
    }

    extension PostgreSQLConnection {
        @discardableResult
        func run(_ sql: String, _ values: SQLValue...) throws(ServerError) -> ServerResult { try query(sql, values) }

        /// The rows, as texts.
        func rows(_ sql: String, _ values: SQLValue...) throws(ServerError) -> [[String?]] {
            try query(sql, values).catalogueTexts
        }

        func one(_ sql: String, _ values: SQLValue...) throws(ServerError) -> String? {
            try query(sql, values).catalogueTexts.first?.first ?? nil
        }

        func failure(_ sql: String, _ values: SQLValue...) -> ServerError? {
            do throws(ServerError) {
                _ = try query(sql, values)
                return nil
            } catch {
                return error
            }
        }

        func begin() throws(ServerError) { try run(PostgreSQLServer.beginWriting) }
    }

    extension SQLValue: ExpressibleByIntegerLiteral {
        init(integerLiteral number: Int64) { self = .integer(number) }
    }

    /// What it fails with.
    func serverFailure(_ body: () throws -> Void) -> ServerError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ServerError
        }
    }

    func waited(_ body: () throws -> Void) rethrows -> Duration {
        let start = Duration.uptime
        try body()
        return .uptime - start
    }

    func pause(_ milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
#endif

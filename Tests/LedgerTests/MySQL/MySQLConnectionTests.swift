#if MySQL
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Support
    import Testing

    /// How a connection begins, and how it ends.
    @Suite(.onMySQL) struct MySQLConnectionTests {
        private let fixture: MySQLFixture

        init() throws { fixture = try MySQLFixture() }

        @Test("the session has its limits, and TCP serves for localhost as well")
        func session() throws {
            var address = try fixture.address
            address.host = "localhost"
            let limits = ServerLimits(answer: .seconds(7), lock: .milliseconds(300), idleInTransaction: .seconds(11))
            let connection = try MySQLConnection(address, limits)
            #expect(
                try connection.rows(
                    """
                    SELECT @@innodb_lock_wait_timeout, @@lock_wait_timeout, CAST(@@max_statement_time AS SIGNED), @@idle_transaction_timeout,
                        @@tx_isolation, @@time_zone, @@character_set_client, @@collation_connection
                    """)
                    == [["1", "1", "7", "11", "READ-COMMITTED", "+00:00", "utf8mb4", "utf8mb4_bin"]])
        }

        @Test("another machine's server is not believed without a certificate of a known authority")
        func certificate() throws {
            var address = try fixture.address
            address.host = "0.0.0.0"  // this machine, by an address that is not known to be
            let isKnown = variable("SSL_CERT_FILE") == variable("TEST_MYSQL_CERTIFICATE")
            do {
                let connection = try MySQLConnection(address, ServerLimits())
                #expect(isKnown)
                #expect(try connection.rows("SHOW SESSION STATUS LIKE 'Ssl_version'")[0][1].hasPrefix("TLS"))
            } catch {
                #expect(!isKnown)
                #expect(error.kind == .untrusted)
                #expect(error.message.contains("certificate"))
            }
        }

        private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

        @Test("a session that is killed is lost, which is seen before anything is asked of it")
        func kill() throws {
            let connection = try fixture.connect()
            #expect(!connection.isLost)
            try fixture.kill(connection)
            #expect(eventually { connection.isLost })
            #expect(connection.failure("SELECT 1")?.kind == .lost)
        }

        @Test("killed within a statement")
        func killedWithin() throws {
            let connection = try fixture.connect()
            let identity = try connection.rows("SELECT CONNECTION_ID()")[0][0]
            let admin = try fixture.server.address("_ADMIN")
            let killing = beside {
                usleep(300_000)
                try MySQLConnection(admin, ServerLimits()).run("KILL \(identity)")
            }
            #expect(connection.failure("SELECT SLEEP(10)")?.kind == .lost)
            #expect(connection.isLost)
            _ = try killing()
        }

        @Test("a transaction that is left open is ended by the server")
        func idleTransaction() throws {
            let connection = try fixture.connect(ServerLimits(idleInTransaction: .seconds(1)))
            // The server may hang up before it has rolled back.
            let other = try fixture.connect(ServerLimits(lock: .seconds(25)))
            try connection.run("CREATE TABLE t (id INT PRIMARY KEY)")
            usleep(1_500_000)
            #expect(!connection.isLost)
            // It begins with its first statement: between that and a BEGIN a busy machine might let the second pass.
            try connection.run("SET autocommit = 0")
            try connection.run("INSERT INTO t VALUES (1)")
            #expect(eventually { connection.isLost })
            #expect(try other.run("INSERT INTO t VALUES (1)") == 1)
            #expect(connection.failure("COMMIT")?.kind == .lost)
        }

        @Test("a server of the spare port: read-only, then frozen, then gone")
        func serverTrouble() throws {
            let fixture = try MySQLFixture(.spare)
            let connection = try fixture.connect()
            let hasty = ServerLimits(connect: .seconds(5), answer: .seconds(5))
            let waiting = try fixture.connect(hasty)
            try connection.run("CREATE TABLE t (id INT PRIMARY KEY)")
            try fixture.admin.run("SET GLOBAL read_only = 1")
            #expect(connection.failure("INSERT INTO t VALUES (1)")?.kind == .readOnly)
            #expect(try connection.rows("SELECT COUNT(*) FROM t") == [["0"]])
            try fixture.admin.run("SET GLOBAL read_only = 0")
            try connection.run("INSERT INTO t VALUES (1)")

            try fixture.server.freeze()
            let start = ContinuousClock.now
            #expect(waiting.failure("SELECT 1")?.kind == .lost)
            #expect(throws: ServerError.self) { try fixture.connect(hasty) }
            #expect(ContinuousClock.now - start < patience)
            try fixture.server.thaw()

            let last = try fixture.connect()
            try fixture.admin.run("SHUTDOWN")
            #expect(eventually { last.isLost })
            #expect(last.failure("SELECT 1")?.kind == .lost)
            #expect(throws: ServerError.self) { try fixture.connect() }
        }
    }
#endif

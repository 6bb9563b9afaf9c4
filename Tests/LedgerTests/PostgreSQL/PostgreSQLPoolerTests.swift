#if PostgreSQL
    import Dispatch
    @testable import Ledger
    import Reconciliation
    import Testing

    /// Behind PgBouncer in transaction mode.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLPoolerTests {
        let database = TestDatabase()

        @Test("the same story")
        func theSameStory() throws {
            let connection = try database.connectPooled()
            try TestDatabase.withTable(on: connection)
            try connection.begin()
            #expect(
                try connection.run(
                    "INSERT INTO notification_history (external_id, created_at) VALUES (?1, ?2) RETURNING id",
                    .text("m1"),
                    .text("2026-11-29 23:29:21")
                ).insertID == 1)
            try connection.run("COMMIT")
            #expect(
                try connection.run(
                    "UPDATE notification_history SET status = ?1 WHERE id = ?2 AND status = ?3", .text("SENT"), 1,
                    .text("PENDING")
                ).changed == 1)
            #expect(
                try connection.rows("SELECT external_id, status, created_at FROM notification_history")
                    == [["m1", "SENT", "2026-11-29 23:29:21"]])
            let table = try PostgreSQLServer.description(of: "notification_history", database.address, on: connection)
            #expect(table.address.kind == .number)
            #expect(connection.failure("UPDATE notification_history SET status = 'NO'")?.kind == .rejected)
            #expect(connection.failure("SELECT nothing")?.kind == .schema)
            #expect(!connection.isLost)
        }

        @Test("more connections than there are on the server, each in its own zone, and nothing left behind")
        func nothingIsLeftBehind() throws {
            let connections = try (0..<8).map { try database.connectPooled(utcOffset: $0 * 3600) }
            let moment = "SELECT CAST('2026-11-29T00:00:00Z' AS TIMESTAMPTZ)"
            for round in 0..<3 {
                for (hour, connection) in connections.enumerated() {
                    if round == 1 { try connection.begin() }
                    #expect(try connection.one(moment) == "2026-11-29 0\(hour):00:00+0\(hour)")
                    #expect(try connection.one("SHOW lock_timeout") == "5s")
                    if round == 1 { try connection.run("COMMIT") }
                }
            }
            let left = try database.connectAsAdmin().rows(
                "SELECT count(*) FROM pg_prepared_statements UNION ALL SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            )
            #expect(left == [["0"], ["0"]])
        }

        @Test("a session that the server ends")
        func aKill() throws {
            let connection = try database.connectPooled()
            let admin = try database.connectAsAdmin()
            try connection.begin()
            let process = try connection.one("SELECT pg_backend_pid()")
            try admin.run("SELECT pg_terminate_backend(?1, 10000)", SQLValue(process))
            #expect(connection.failure("COMMIT")?.kind == .lost)
            #expect(try database.connectPooled().one("SELECT 1") == "1")
        }

        @Test("who may not come in, and who does not get a connection")
        func whoDoesNotGetAConnection() throws {
            var address = database.address
            address.port = TestPostgreSQL.pooled.port
            address.password = Secret("wrong")
            #expect(serverFailure { _ = try PostgreSQLConnection(address, ServerLimits()) }?.kind == .refused)
            address.user = "nobody"
            #expect(serverFailure { _ = try PostgreSQLConnection(address, ServerLimits()) }?.kind == .refused)

            // Longer than the one waits that gets none.
            let holders = try (0..<4).map { _ in try database.connectPooled(idleInTransaction: .seconds(60)) }
            for holder in holders { try holder.begin() }
            let error = serverFailure { _ = try database.connectPooled().one("SELECT 1") }
            #expect(error?.kind == .tooMany)
            #expect(error?.message.contains("query_wait_timeout") == true)
        }
    }
#endif

#if PostgreSQL
    @testable import Ledger
    import Testing

    /// What the account lacks, and that what is said to give it does.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLGrantTests {
        let database = TestDatabase()
        private let written = ["status", "report_code"]

        private func missing(
            _ table: String, inserts: Bool, _ connection: PostgreSQLConnection
        ) throws -> [String] {
            let table = try PostgreSQLServer.description(of: table, database.address, on: connection)
            return try PostgreSQLServer.missingGrants(table, written: written, inserts: inserts, on: connection)
        }

        @Test("who owns all lacks nothing")
        func whoOwnsAllLacksNothing() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            #expect(try missing("notification_history", inserts: true, connection) == [])
            #expect(try missing("notification_history", inserts: true, database.connectAsAdmin()) == [])
        }

        @Test("an account of its own needs this, and no more")
        func anAccountOfItsOwn() throws {
            let (owner, admin) = (try database.connect(), try database.connectAsAdmin())
            try owner.run("CREATE SCHEMA \"Shop\"")
            try owner.run(
                "CREATE TABLE \"Shop\".history (id SERIAL PRIMARY KEY, \"status\" TEXT, report_code TEXT, secret TEXT)")
            try admin.run("CREATE TABLE reconciler_meta (key TEXT)")
            try owner.run("CREATE TABLE \"Shop\".reconciler_elsewhere (key TEXT)")
            let role = TestRole(in: database)
            let connection = try role.connect()
            let grants = try missing("Shop.history", inserts: true, connection)
            #expect(
                grants == [
                    "GRANT USAGE ON SCHEMA \"Shop\" TO \(role.name);",
                    "GRANT SELECT ON \"Shop\".\"history\" TO \(role.name);",
                    "GRANT INSERT ON \"Shop\".\"history\" TO \(role.name);",
                    "GRANT UPDATE (\"status\", \"report_code\") ON \"Shop\".\"history\" TO \(role.name);",
                    "GRANT USAGE ON SEQUENCE \"Shop\".history_id_seq TO \(role.name);",
                    "GRANT CREATE ON SCHEMA public TO \(role.name);",
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON public.reconciler_meta TO \(role.name);",
                ])
            #expect(try missing("Shop.history", inserts: false, connection).count == 5)
            for grant in grants { try admin.run(grant) }
            #expect(try missing("Shop.history", inserts: true, connection) == [])

            try connection.run("CREATE TABLE reconciler_audit (id INT)")
            try connection.run("INSERT INTO \"Shop\".history (status) VALUES ('PENDING')")
            #expect(try connection.run("UPDATE \"Shop\".history SET status = 'SENT', report_code = '1'").changed == 1)
            #expect(connection.failure("UPDATE \"Shop\".history SET secret = 'x'")?.kind == .forbidden)
            #expect(connection.failure("DELETE FROM \"Shop\".history")?.kind == .forbidden)
        }

        @Test("where there is no schema for its tables, one is made")
        func whereThereIsNoSchema() throws {
            let (owner, admin) = (try database.connect(), try database.connectAsAdmin())
            try owner.run("CREATE SCHEMA shop")
            try owner.run("CREATE TABLE shop.history (id INT PRIMARY KEY, status TEXT, report_code TEXT)")
            try admin.run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            let role = TestRole(in: database)
            let connection = try role.connect()
            let grants = try missing("shop.history", inserts: false, connection)
            #expect(grants.last == "CREATE SCHEMA AUTHORIZATION \(role.name);")
            for grant in grants { try admin.run(grant) }
            #expect(try missing("shop.history", inserts: false, connection) == [])
            try connection.run("CREATE TABLE reconciler_audit (id INT)")
            #expect(
                try connection.one(
                    "SELECT 'reconciler_audit'::regclass::oid = '\(role.name).reconciler_audit'::regclass::oid") == "1")
        }
    }
#endif

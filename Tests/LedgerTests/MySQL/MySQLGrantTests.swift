#if MySQL
    @testable import Ledger
    import Testing

    /// What an account of its own lacks, and the statements that mend it.
    @Suite(.onMySQL) struct MySQLGrantTests {
        private let fixture: MySQLFixture

        init() throws {
            fixture = try MySQLFixture()
            try fixture.admin.run("CREATE TABLE n (id INT PRIMARY KEY, status VARCHAR(9), code INT)")
        }

        private func missing(_ address: ServerAddress, inserts: Bool = false) throws -> [String] {
            let connection = try MySQLConnection(address, ServerLimits())
            let table = try MySQLServer.description(of: "n", address, on: connection)
            return try MySQLServer.missingGrants(table, written: ["status", "code"], inserts: inserts, on: connection)
        }

        @Test("who may do everything with the database lacks nothing")
        func everything() throws {
            #expect(try missing(fixture.address, inserts: true).isEmpty)
            #expect(try missing(fixture.server.address("_ADMIN", database: fixture.name)).isEmpty)
        }

        @Test(
            "what is named, and pasted by the administrator, is enough, and no more than the columns that are written")
        func mended() throws {
            let address = try fixture.account("SELECT, UPDATE (code) ON \(fixture.name).n")
            let missing = try missing(address, inserts: true)
            let account = "'\(address.user)'@'127.0.0.1'"
            #expect(missing.first == "GRANT INSERT, UPDATE (`status`) ON `\(fixture.name)`.`n` TO \(account);")
            #expect(
                missing.contains(
                    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `\(fixture.name)`.`reconciler_meta` TO"
                        + " \(account);"))
            try fixture.admin.run("SET SESSION sql_mode = ''")
            for grant in missing { try fixture.admin.run(String(grant.dropLast())) }
            #expect(try self.missing(address, inserts: true).isEmpty)

            let connection = try MySQLConnection(address, ServerLimits())
            for step in Migration.all {
                for table in step.tables { try connection.run(MySQLDialect().creation(of: table, rowID: .number)) }
                for (table, column) in step.columns {
                    try connection.run(MySQLDialect().addition(of: column, to: table))
                }
                for index in step.indexes { try connection.run(MySQLDialect().creation(of: index)) }
            }
            try connection.run("INSERT INTO n VALUES (1, 'x', 1)")
            try connection.run("UPDATE n SET status = 'y', code = 2 WHERE id = 1 AND status = 'x'")
            #expect(connection.failure("UPDATE n SET id = 2")?.kind == .forbidden)
        }

        @Test("a grant for databases of a pattern counts, and one for a name that only looks alike does not")
        func patterns() throws {
            let name = fixture.name.split(separator: "_")
            #expect(try missing(fixture.account("ALL PRIVILEGES ON `\(name[0])\\_\(name[1])%`.*")).isEmpty)
            let other = try fixture.account("SELECT ON \(fixture.name).n", "ALL PRIVILEGES ON `\(name[0])\\_other%`.*")
            #expect(try !missing(other).isEmpty)
        }

        @Test("what a role gives counts while it is on")
        func roles() throws {
            let role = "r\(fixture.name.suffix(14))"
            try fixture.admin.run("CREATE ROLE \(role)")
            try fixture.admin.run("GRANT ALL PRIVILEGES ON \(fixture.name).* TO \(role)")
            let address = try fixture.account("SELECT ON \(fixture.name).n", role)
            #expect(try !missing(address).isEmpty)
            try fixture.admin.run("SET DEFAULT ROLE \(role) FOR \(address.user)@'127.0.0.1'")
            #expect(try missing(address).isEmpty)
            try fixture.admin.run("DROP ROLE \(role)")
        }
    }
#endif

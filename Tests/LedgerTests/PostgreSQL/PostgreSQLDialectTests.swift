#if PostgreSQL
    @testable import Ledger
    import Testing

    /// The dialect's words, as the server takes them.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLDialectTests {
        let database = TestDatabase()
        private let dialect = PostgreSQLDialect()
        private let table = TableDefinition(
            name: "reconciler_audit",
            columns: [
                .init("id", .number), .init("at", .integer, isNotNull: true),
                .init("message_key", .key, isNotNull: true), .init("row_id", .rowID),
                .init("source", .word, otherwise: "'asked'"), .init("detail", .text),
            ])
        private let keyed = TableDefinition(
            name: "reconciler_message",
            columns: [
                .init("message_key", .key, isNotNull: true), .init("answers", .integer),
            ], key: ["message_key"])

        private func description(of table: String, _ connection: PostgreSQLConnection) throws -> TableDescription {
            try PostgreSQLServer.description(of: table, database.address, on: connection)
        }

        @Test(
            "tables are made, with the kind of address that the application's has",
            arguments: [
                (RowAddress.Kind.number, "bigint"), (.text, "text"),
            ])
        func tablesAreMade(_ kind: RowAddress.Kind, _ type: String) throws {
            let connection = try database.connect()
            try connection.begin()
            try connection.run(dialect.creation(of: table, rowID: kind))
            try connection.run("ROLLBACK")
            #expect(try !PostgreSQLServer.holds(table: table.name, on: connection))
            try connection.run(dialect.creation(of: table, rowID: kind))
            let index = IndexDefinition(
                name: "reconciler_audit_at", table: table.name, columns: ["at", "source"], condition: "detail IS NULL")
            try connection.run(dialect.creation(of: index))
            try connection.run(
                dialect.addition(of: .init("more", .integer, isNotNull: true, otherwise: "0"), to: table.name))
            let insert = "INSERT INTO reconciler_audit (at, message_key) VALUES (?1, ?2) RETURNING id"
            #expect(try connection.run(insert, 1, .text("m1")).insertID == 1)
            #expect(try connection.run(insert, 1, .text("m2")).insertID == 2)
            #expect(
                try connection.rows("SELECT source, more FROM reconciler_audit") == [["asked", "0"], ["asked", "0"]])
            let made = try description(of: table.name, connection)
            #expect(made.column("row_id")?.type == type)
            #expect(made.column("message_key")?.collation == "pg_catalog.\"C\"")
            #expect(made.indexes.map(\.columns) == [["id"], ["at", "source"]])
        }

        @Test("a table that is not there is stood for", arguments: [RowAddress.Kind.number, .text])
        func aTableIsStoodFor(_ kind: RowAddress.Kind) throws {
            let connection = try database.connect()
            let empty = dialect.emptySelection(of: table, rowID: kind)
            let result = try connection.run(
                "SELECT * FROM (\(empty)) AS reconciler_audit WHERE message_key = ?1", .text("m"))
            #expect(result.cells.isEmpty)
            #expect(result.kinds == [.integer, .integer, .text, kind == .number ? .integer : .text, .text, .text])
        }

        @Test("an index is made beside those who write")
        func anIndexIsMade() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            let index = " IF NOT EXISTS one ON notification_history (status, id) WHERE status = 'PENDING'"
            for _ in 0..<2 { try connection.run("CREATE INDEX CONCURRENTLY" + index) }
            #expect(try description(of: "notification_history", connection).indexes.contains { $0.name == "one" })
        }

        @Test("a row that is there already is changed, or left")
        func conflicts() throws {
            let connection = try database.connect()
            try connection.run(dialect.creation(of: keyed, rowID: .number))
            let insert = "INSERT INTO reconciler_message (message_key, answers) VALUES (?1, ?2) "
            let add = dialect.onConflict(keyed.key) + " answers = reconciler_message.answers + ?2"
            #expect(try connection.run(insert + add, .text("m"), 1).changed == 1)
            #expect(try connection.run(insert + add, .text("m"), 4).changed == 1)
            #expect(try connection.run(insert + dialect.onConflictNothing(keyed.key), .text("m"), 9).changed == 0)
            #expect(try connection.one("SELECT answers FROM reconciler_message") == "5")
        }

        @Test("texts are compared byte by byte, whatever the column's collation")
        func textsAreComparedByteByByte() throws {
            let connection = try database.connect()
            try connection.run(
                "CREATE COLLATION nearly (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
            try connection.run("CREATE TABLE one (key TEXT COLLATE nearly)")
            try connection.run("INSERT INTO one VALUES ('A')")
            let both = "SELECT key = ?1, \(dialect.exact("key")) = ?1 FROM one"
            #expect(try connection.rows(both, .text("a")) == [["1", "0"]])
            #expect(try connection.rows(both, .text("A")) == [["1", "1"]])
            #expect(try connection.one("SELECT \(dialect.text("5"))") == "5")
            let now = try #require(try connection.one("SELECT \(dialect.now)").flatMap { Int64($0) })
            #expect(now > 1_700_000_000_000)
        }
    }
#endif

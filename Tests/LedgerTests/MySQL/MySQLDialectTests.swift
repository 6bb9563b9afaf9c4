#if MySQL
    @testable import Ledger
    import Glibc
    import Testing

    /// The words that differ, as the server takes them.
    @Suite(.onMySQL) struct MySQLDialectTests {
        private let fixture: MySQLFixture
        private let connection: MySQLConnection
        private let dialect = MySQLDialect()

        init() throws {
            fixture = try MySQLFixture()
            connection = try fixture.connect()
        }

        @Test(
            "all of the reconciler's tables are made, also after an attempt that was broken off",
            arguments: [RowAddress.Kind.number, .text])
        func ownTables(rowID: RowAddress.Kind) throws {
            for _ in 1...2 {
                for step in Migration.all {
                    for table in step.tables { try connection.run(dialect.creation(of: table, rowID: rowID)) }
                    for (table, column) in step.columns { try connection.run(dialect.addition(of: column, to: table)) }
                    for index in step.indexes { try connection.run(dialect.creation(of: index)) }
                }
            }
            for table in Migration.all.flatMap(\.tables) {
                #expect(try MySQLServer.holds(table: table.name, on: connection))
                let empty = try connection.query(
                    "SELECT s.* FROM (\(dialect.emptySelection(of: table, rowID: rowID))) AS s", [])
                let real = try connection.query(
                    "SELECT \(table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")) FROM \(table.name)", [])
                #expect(empty.kinds == real.kinds)
                #expect(empty.cells.isEmpty)
            }
            #expect(try !MySQLServer.holds(table: "reconciler_other", on: connection))
            #expect(try MySQLServer.size(on: connection) > 0)
        }

        @Test("keys of the reconciler's own are bytes, the longest fit, and no collation folds them")
        func keys() throws {
            let table = TableDefinition(
                name: "reconciler_x",
                columns: [
                    .init("a", .word, isNotNull: true), .init("b", .word, isNotNull: true),
                    .init("c", .word, isNotNull: true),
                    .init("message_key", .key, isNotNull: true),
                    .init("t", .text, isNotNull: true, otherwise: "'none'"),
                ], key: ["a", "b", "c", "message_key"])
            try connection.run(dialect.creation(of: table, rowID: .number))
            let sql = "INSERT INTO reconciler_x (a, b, c, message_key) VALUES ('a', 'b', 'c', ?1)"
            for key in ["k", "K", "k ", "ｋ", String(repeating: "글", count: 256)] {
                #expect(try connection.run(sql, .text(key)) == 1)
                #expect(
                    try connection.rows("SELECT message_key FROM reconciler_x WHERE message_key = ?1", .text(key)) == [
                        [key]
                    ])
            }
            #expect(connection.failure(sql, .text("k"))?.kind == .rejected)
            #expect(connection.failure(sql, .text(String(repeating: "글", count: 257)))?.kind == .rejected)
            #expect(try connection.rows("SELECT DISTINCT t FROM reconciler_x") == [["none"]])
        }

        @Test("a row that is there is changed, or left as it is")
        func conflicts() throws {
            let table = TableDefinition(
                name: "reconciler_x", columns: [.init("slot", .integer, isNotNull: true), .init("count", .integer)],
                key: ["slot"])
            try connection.run(dialect.creation(of: table, rowID: .number))
            let counting = "INSERT INTO reconciler_x (slot, count) VALUES (?1, ?2)"
            for number in 1...3 {
                try connection.run(
                    "\(counting) \(dialect.onConflict(["slot"])) count = reconciler_x.count + ?2", .integer(1),
                    .integer(Int64(number)))
            }
            try connection.run("\(counting) \(dialect.onConflictNothing(["slot"]))", .integer(1), .integer(100))
            #expect(try connection.rows("SELECT slot, count FROM reconciler_x") == [["1", "6"]])
        }

        @Test("what is past a pair of values is read from there on, by an index")
        func past() throws {
            try connection.run("CREATE TABLE t (a INT NOT NULL, b VARBINARY(9) NOT NULL, PRIMARY KEY (a, b))")
            let rows = (0..<3000).map { "(\($0 / 3), 'k\($0 % 3)')" }
            try connection.run("INSERT INTO t VALUES \(rows.joined(separator: ", "))")
            let condition = dialect.isPast(("a", "b"), ("?1", "?2"))
            let sql = "SELECT a, b FROM t WHERE \(condition) ORDER BY a, b LIMIT 2"
            #expect(try connection.rows(sql, .integer(990), .text("k1")) == [["990", "k2"], ["991", "k0"]])
            let literal = sql.replacing("?1", with: "990").replacing("?2", with: "'k1'")
            #expect(try connection.rows("EXPLAIN \(literal)")[0][3] == "range")
        }

        @Test(
            "pending rows are found by an index in the order of their addresses",
            arguments: [
                ("id INT PRIMARY KEY, status VARCHAR(9)", "(`status`)"),
                ("a INT, b INT, id INT NOT NULL UNIQUE, status VARCHAR(9), PRIMARY KEY (a, b)", "(`status`,`id`)"),
                ("id INT PRIMARY KEY, status TEXT", "(`status`(64))"),
            ])
        func pendingIndex(columns: String, indexed: String) throws {
            try connection.run("CREATE TABLE n (\(columns))")
            let mapping = TableMapping(
                description: try MySQLServer.description(of: "n", fixture.address, on: connection), dialect: dialect,
                key: "\"id\"", status: "\"status\"", acceptedAt: "\"id\"", scheduledAt: nil, id: nil, serviceType: nil,
                reportCode: nil, errorMessage: nil, updatedAt: nil, serviceTypes: nil, words: .init(),
                time: TimeCodec(format: .iso8601, utcOffset: 0, column: .anything))
            try connection.run(dialect.pendingIndex(mapping))
            try fixture.admin.run("SET SESSION sql_mode = ''")
            let made = try fixture.admin.rows("SHOW CREATE TABLE n")[0][1]
            #expect(made.contains("KEY `\(pendingIndexName)` \(indexed)"))
        }

        @Test("a number that the database makes is told")
        func numbers() throws {
            let table = TableDefinition(name: "reconciler_x", columns: [.init("id", .number), .init("t", .text)])
            try connection.run(dialect.creation(of: table, rowID: .number))
            for number in 1...3 {
                #expect(
                    try connection.query("INSERT INTO reconciler_x (t) VALUES (?1)", [.text("x")]).insertID
                        == Int64(number))
            }
        }

        @Test("an exact comparison is one of bytes, whatever the column is")
        func exact() throws {
            try connection.run(
                """
                CREATE TABLE t (a VARCHAR(20) COLLATE utf8mb4_general_ci, b VARCHAR(20) CHARACTER SET latin1, c BIGINT,
                    d VARBINARY(20))
                """)
            try connection.run("INSERT INTO t VALUES ('Zoë', 'Zoë', 12, 'Zoë')")
            func holds(_ column: String, _ text: String) throws -> Bool {
                try connection.rows("SELECT \(dialect.exact(column)) = ?1 FROM t", .text(text)) == [["1"]]
            }
            for column in ["a", "b", "d"] {
                #expect(try holds(column, "Zoë"))
                #expect(try !holds(column, "zoë"))
                #expect(try !holds(column, "Zoë "))
            }
            #expect(try holds("c", "12"))
            #expect(try connection.rows("SELECT \(dialect.text("c")), \(dialect.text("b")) FROM t") == [["12", "Zoë"]])
        }

        @Test("the server's clock, in milliseconds")
        func clock() throws {
            let before = Int64(time(nil)) * 1000
            let read = try connection.query("SELECT \(dialect.now)", [])
            let after = Int64(time(nil)) * 1000
            let milliseconds = try #require(Int64(read.rows[0][0]))
            #expect(read.kinds == [.integer])
            #expect((before - 1000...after + 2000).contains(milliseconds))
        }
    }
#endif

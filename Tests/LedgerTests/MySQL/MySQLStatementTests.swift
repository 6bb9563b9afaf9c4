#if MySQL
    @testable import Ledger
    import Testing

    /// Parameters as MySQL's protocol has them.
    @Suite struct MySQLStatementTextTests {
        @Test(
            "each ?N becomes a ?, in the order of its places, and what is quoted stays",
            arguments: [
                ("SELECT ?1", "SELECT ?", [0]),
                ("SELECT ?2, ?1, ?2", "SELECT ?, ?, ?", [1, 0, 1]),
                ("SELECT ?12 + ?1", "SELECT ? + ?", [11, 0]),
                ("SELECT '?1', \"?2\", `?3`, ?4", "SELECT '?1', \"?2\", `?3`, ?", [3]),
                ("SELECT 'it''s ?1', ?1", "SELECT 'it''s ?1', ?", [0]),
                ("SELECT '\\', ?1", "SELECT '\\', ?", [0]),
                ("SELECT 'ÿ?1😀', ?1", "SELECT 'ÿ?1😀', ?", [0]),
                ("SELECT ? + ?0", "SELECT ? + ?0", []),
                ("COMMIT", "COMMIT", []),
            ])
        func places(text: String, sql: String, values: [Int]) {
            let parsed = MySQLStatementText(text)
            #expect(parsed.sql == sql)
            #expect(parsed.values == values)
        }
    }

    @Suite(.onMySQL) struct MySQLStatementTests {
        private let fixture: MySQLFixture
        private let connection: MySQLConnection

        init() throws {
            fixture = try MySQLFixture()
            connection = try fixture.connect()
            try connection.run("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(40) UNIQUE, n INT)")
            try connection.run("INSERT INTO t (s, n) VALUES ('a', 1), ('b', 1), ('c', 2)")
        }

        @Test("values may occur more than once, in any order, or not at all")
        func parameters() throws {
            let values: [SQLValue] = [.text("never"), .integer(2), .text("b")]
            #expect(
                try connection.query("SELECT ?3, ?2, ?3 || '?1' FROM t WHERE n = ?2", values).rows == [
                    ["b", "2", "b?1"]
                ])
            #expect(try connection.query("SELECT s FROM t WHERE s = ?1 OR s = ?3", values).rows == [["b"]])
            #expect(try connection.query("SELECT 1 WHERE ?1 IS NULL", []).rows == [["1"]])
        }

        @Test("rows are counted that were met, not only those that became others; and the made number is told")
        func counts() throws {
            #expect(try connection.run("UPDATE t SET n = 1 WHERE n = ?1", .integer(1)) == 2)
            #expect(try connection.run("UPDATE t SET n = 1 WHERE n = 1") == 2)
            #expect(try connection.run("UPDATE t SET n = 7 WHERE n = ?1", .integer(9)) == 0)
            #expect(try connection.run("DELETE FROM t WHERE n = ?1", .integer(2)) == 1)
            #expect(try connection.query("INSERT INTO t (s) VALUES (?1)", [.text("d")]).insertID == 4)
            #expect(try connection.run("SET @x = 1") == 0)
        }

        @Test("the same statement takes values of other types")
        func types() throws {
            let sql = "SELECT COALESCE(?1, 'none')"
            #expect(try connection.rows(sql, .integer(7)) == [["7"]])
            #expect(try connection.rows(sql, .text("x")) == [["x"]])
            #expect(try connection.rows(sql, .null) == [["none"]])
            #expect(try connection.rows(sql, .real(0.5)) == [["0.5"]])
        }

        @Test("prepared statements are kept within a bound, and closed")
        func bounds() throws {
            let before = try prepared()
            for number in 0..<450 {
                #expect(try connection.rows("SELECT \(number) + ?1", .integer(1)) == [["\(number + 1)"]])
            }
            #expect(try prepared() - before <= 200)
            connection.close()
            #expect(throws: ServerError.self) { try connection.run("SELECT 1") }
            #expect(connection.isLost)
        }

        /// Of this session.
        private func prepared() throws -> Int {
            let made = try connection.rows("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'")[0][1]
            let closed = try connection.rows("SHOW SESSION STATUS LIKE 'Com_stmt_close'")[0][1]
            return try #require(Int(made)) - #require(Int(closed))
        }

        @Test("a table that was altered is gone on with")
        func alteration() throws {
            let sql = "SELECT s, n FROM t WHERE n = ?1"
            #expect(try connection.rows(sql, .integer(2)) == [["c", "2"]])
            try fixture.admin.run("ALTER TABLE t MODIFY n VARCHAR(5), ADD COLUMN before_all INT FIRST")
            let found = try connection.query(sql, [.text("2")])
            #expect(found.rows == [["c", "2"]])
            #expect(found.kinds == [.text, .text])
            try fixture.admin.run("ALTER TABLE t DROP COLUMN n")
            #expect(connection.failure(sql, .text("2"))?.kind == .schema)
            try fixture.admin.run("ALTER TABLE t ADD COLUMN n INT DEFAULT 5")
            #expect(try connection.rows(sql, .integer(5)).count == 3)
        }

        @Test("standard quotes and strict values, whatever the server's own mode is")
        func session() throws {
            #expect(try connection.rows(#"SELECT 'it''s \n' || "s" FROM "t" WHERE "n" = 2"#) == [[#"it's \nc"#]])
            #expect(connection.failure("UPDATE t SET n = 'x'")?.kind == .rejected)
            #expect(
                connection.failure("UPDATE t SET s = ?1", .text(String(repeating: "x", count: 41)))?.kind == .rejected)
            #expect(try connection.rows("SELECT CAST(1 AS UNSIGNED) - 2") == [["-1"]])
        }

        @Test("one state is read for as long as a reading lasts, and what is committed is seen by a writing")
        func isolation() throws {
            let other = try fixture.connect()
            let count = "SELECT COUNT(*) FROM t"
            try connection.run(MySQLServer.beginReading)
            try other.run("INSERT INTO t (s) VALUES ('x')")
            #expect(try connection.rows(count) == [["3"]])
            try connection.run("COMMIT")
            try connection.run(MySQLServer.beginWriting)
            #expect(try connection.rows(count) == [["4"]])
            try other.run("INSERT INTO t (s) VALUES ('y')")
            #expect(try connection.rows(count) == [["5"]])
            try connection.run("ROLLBACK")
        }
    }
#endif

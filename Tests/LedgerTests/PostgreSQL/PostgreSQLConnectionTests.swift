#if PostgreSQL
    @testable import Ledger
    import Testing

    /// What is written, and read back.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLConnectionTests {
        let database = TestDatabase()

        @Test("every kind of column is read")
        func everyKindOfColumnIsRead() throws {
            let connection = try database.connect()
            let result = try connection.run(
                """
                SELECT CAST(1 AS SMALLINT), 2, CAST(3 AS BIGINT), true, false, CAST(0.5 AS REAL), CAST(0.25 AS FLOAT8), 1.50,
                    '한글', CAST('b' AS VARCHAR(9)), CAST('c' AS CHAR(3)), NULL, CAST('{"a": 1}' AS JSONB),
                    CAST('2026-11-29 23:29:21.123456' AS TIMESTAMP), CAST('2026-11-29 23:29:21+09' AS TIMESTAMPTZ)
                """)
            #expect(
                result.kinds == [
                    .integer, .integer, .integer, .integer, .integer, .real, .real, .real, .text, .text, .text, .text,
                    .text,
                    .text, .text,
                ])
            #expect(
                result.catalogueTexts == [
                    [
                        "1", "2", "3", "1", "0", "0.5", "0.25", "1.50", "한글", "b", "c  ", nil, "{\"a\": 1}",
                        "2026-11-29 23:29:21.123456", "2026-11-29 23:29:21+09",
                    ]
                ])
        }

        @Test("every kind of column is written and found")
        func everyKindOfColumnIsWritten() throws {
            let connection = try database.connect()
            try connection.run("CREATE TYPE word AS ENUM ('PENDING', 'SENT')")
            for (type, value, read) in Self.columns {
                try connection.begin()
                try connection.run("CREATE TABLE one (id INT PRIMARY KEY, x \(type))")
                let insert = "INSERT INTO one (id, x) VALUES (1, NULL), (2, ?1)"
                #expect(try connection.run(insert, value).changed == 2)
                let first = "UPDATE one SET x = ?1 WHERE x IS NULL AND id = ?3"
                #expect(try connection.run(first, value, .null, 1).changed == 1)
                #expect(try connection.run("UPDATE one SET x = ?2 WHERE x = ?2 AND id = ?1", 1, value).changed == 1)
                #expect(try connection.rows("SELECT x FROM one WHERE x = ?1", value) == [[read], [read]], "\(type)")
                try connection.run("ROLLBACK")
            }
        }

        private static let columns: [(String, SQLValue, String)] = [
            ("word", .text("SENT"), "SENT"),
            ("VARCHAR(20)", .text("SENT"), "SENT"),
            ("TEXT", .text("보냄 🎉 'x' \\ \"y\" ?1 $1"), "보냄 🎉 'x' \\ \"y\" ?1 $1"),
            ("SMALLINT", .integer(2), "2"),
            ("SMALLINT", .text("2"), "2"),
            ("BIGINT", .integer(.max), "9223372036854775807"),
            ("FLOAT8", .real(1_785_000_000.125), "1785000000.125"),
            ("NUMERIC(13, 3)", .real(1_785_000_000.125), "1785000000.125"),
            ("TIMESTAMP", .text("2026-11-29 23:29:21.5"), "2026-11-29 23:29:21.5"),
            ("TIMESTAMP(0)", .text("2026-11-29 23:29:21"), "2026-11-29 23:29:21"),
            ("TIMESTAMPTZ", .text("2026-11-29 23:29:21.123"), "2026-11-29 23:29:21.123+09"),
            ("TIMESTAMPTZ", .text("2026-11-29T14:29:21Z"), "2026-11-29 23:29:21+09"),
            ("JSONB", .text("[1]"), "[1]"),
            ("UUID", .text("6f0d2c52-4b0c-4e1f-9b51-0f4d8f1f2c11"), "6f0d2c52-4b0c-4e1f-9b51-0f4d8f1f2c11"),
            ("BOOLEAN", .text("t"), "1"),
        ]

        @Test("times are in the connection's zone, whatever the server's and the style of its dates")
        func timesAreInTheZone() throws {
            let admin = try database.connectAsAdmin()
            try admin.run("ALTER DATABASE \(database.name) SET DateStyle TO 'German, DMY'")
            try admin.run("ALTER DATABASE \(database.name) SET TimeZone TO 'America/New_York'")
            let zones = [
                (9 * 3600, "2026-11-30 08:29:21+09"), (0, "2026-11-29 23:29:21+00"),
                (-12600, "2026-11-29 19:59:21-03:30"), (19800, "2026-11-30 04:59:21+05:30"),
            ]
            for (offset, expected) in zones { try checkZone(offset, expected) }
        }

        private func checkZone(_ offset: Int, _ expected: String) throws {
            let connection = try database.connect { $0.utcOffset = offset }
            let moment = "SELECT CAST('2026-11-29T23:29:21Z' AS TIMESTAMPTZ)"
            #expect(try connection.one(moment) == expected)
            try connection.run(PostgreSQLServer.beginReading)
            #expect(try connection.one(moment) == expected)
            #expect(try connection.one("SHOW transaction_isolation") == "repeatable read")
            #expect(connection.failure("CREATE TABLE t (x INT)")?.kind == .readOnly)
            try connection.run("ROLLBACK")
            try connection.begin()
            #expect(try connection.one("SHOW transaction_isolation") == "read committed")
            #expect(try connection.one(moment) == expected)
            try connection.run("COMMIT")
        }

        @Test("an insertion's number is told where it is asked for")
        func anInsertionsNumberIsTold() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            let insert = "INSERT INTO notification_history (external_id) VALUES (?1)"
            #expect(try connection.run(insert + " RETURNING id", .text("m1")).insertID == 1)
            let second = try connection.run(insert + " RETURNING \"id\"", .text("m2"))
            #expect(second.insertID == 2)
            #expect(second.changed == 1)
            #expect(try connection.run(insert, .text("m3")).insertID == 0)
        }

        @Test("rows that are as they should be count as met; a query changes nothing")
        func changesAreCounted() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            try connection.run(
                "INSERT INTO notification_history (external_id) SELECT 'm' || n FROM generate_series(1, 5) n")
            #expect(try connection.run("UPDATE notification_history SET status = 'PENDING'").changed == 5)
            #expect(try connection.run("DELETE FROM notification_history WHERE id > ?1", 3).changed == 2)
            #expect(try connection.run("SELECT 1 FROM notification_history").changed == 0)
            #expect(try connection.run("SELECT 1 FROM notification_history WHERE false").cells.isEmpty)
        }

        @Test("texts longer than any buffer go there and back")
        func longTexts() throws {
            let connection = try database.connect()
            for length in [70_000, 20_000_000] {
                let text = String(repeating: "알림톡 ", count: length / 10)
                #expect(try connection.one("SELECT CAST(?1 AS TEXT)", .text(text)) == text)
            }
            #expect(try connection.rows("SELECT n FROM generate_series(1, 100000) n").count == 100_000)
        }

        @Test("a transaction that failed does not commit")
        func aFailedTransactionDoesNotCommit() throws {
            let connection = try database.connect()
            try connection.run("CREATE TABLE one (x INT)")
            try connection.begin()
            try connection.run("INSERT INTO one VALUES (1)")
            #expect(connection.failure("SELECT nothing")?.kind == .schema)
            #expect(connection.failure("SELECT 1")?.code == "25P02")
            #expect(connection.failure("COMMIT")?.code == "25P02")
            #expect(try connection.one("SELECT count(*) FROM one") == "0")
            #expect(!connection.isLost)
        }

        @Test("a statement that changes its plan, a dropped column, a recreated table: nothing of before is remembered")
        func nothingIsRemembered() throws {
            let (connection, other) = (try database.connect(), try database.connect())
            try other.run("CREATE TABLE one (x INT, y INT)")
            #expect(try connection.run("SELECT * FROM one WHERE x = ?1", 1).kinds.count == 2)
            try other.run("ALTER TABLE one DROP COLUMN y")
            #expect(try connection.run("SELECT * FROM one WHERE x = ?1", 1).kinds.count == 1)
            try other.run("ALTER TABLE one ALTER x TYPE TEXT")
            #expect(connection.failure("SELECT * FROM one WHERE x = ?1", 1)?.kind == .schema)
            #expect(try connection.run("SELECT * FROM one WHERE x = ?1", .text("1")).kinds == [.text])
        }
    }
#endif

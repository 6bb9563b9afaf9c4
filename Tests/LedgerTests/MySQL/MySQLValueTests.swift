#if MySQL
    @testable import Ledger
    import Testing

    /// What columns of all kinds give, and take.
    @Suite(.onMySQL) struct MySQLValueTests {
        private let fixture: MySQLFixture
        private let connection: MySQLConnection

        init() throws {
            fixture = try MySQLFixture()
            connection = try fixture.connect(ServerLimits(utcOffset: 9 * 3600))
        }

        @Test(
            "a column's values are read alike, prepared or not",
            arguments: [
                ("TINYINT", "-128", "-128", ServerResult.Kind.integer),
                ("BOOLEAN", "TRUE", "1", .integer),
                ("SMALLINT UNSIGNED", "65535", "65535", .integer),
                ("MEDIUMINT", "-8388608", "-8388608", .integer),
                ("INT", "-2147483648", "-2147483648", .integer),
                ("BIGINT", "-9223372036854775808", "-9223372036854775808", .integer),
                ("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615", .integer),
                ("BIT(1)", "b'1'", "1", .integer),
                ("BIT(17)", "b'10000000000000001'", "65537", .integer),
                ("YEAR", "2026", "2026", .integer),
                ("DOUBLE", "1799992800.25", "1799992800.25", .real),
                ("FLOAT", "1.5", "1.5", .real),
                ("DECIMAL(20,3)", "1799992800.250", "1799992800.250", .real),
                ("VARCHAR(20)", "'배달 😀'", "배달 😀", .text),
                ("VARCHAR(20) CHARACTER SET latin1", "'Zoë'", "Zoë", .text),
                ("CHAR(8)", "'SENT'", "SENT", .text),
                ("ENUM('PENDING','SENT')", "'SENT'", "SENT", .text),
                ("SET('a','b')", "'a,b'", "a,b", .text),
                ("JSON", #"'{"a": [1, "x"]}'"#, #"{"a": [1, "x"]}"#, .text),
                ("BINARY(4)", "'ab'", "ab\0\0", .text),
                ("LONGTEXT", "''", "", .text),
                ("DATE", "'2026-11-29'", "2026-11-29", .text),
                ("DATETIME", "'2026-11-29 23:29:21'", "2026-11-29 23:29:21", .text),
                ("DATETIME(3)", "'2026-11-29 23:29:21.120'", "2026-11-29 23:29:21.120", .text),
                ("DATETIME(6)", "'2026-11-29 23:29:21.123456'", "2026-11-29 23:29:21.123456", .text),
                ("DATETIME(6)", "'2026-11-29 00:00:00'", "2026-11-29 00:00:00.000000", .text),
                ("TIMESTAMP(6) NULL", "'2026-11-29 23:29:21.000001'", "2026-11-29 23:29:21.000001", .text),
                ("TIME(2)", "'-26:03:04.5'", "-26:03:04.50", .text),
                ("UUID", "'0190c7a0-0000-7000-8000-000000000001'", "0190c7a0-0000-7000-8000-000000000001", .text),
            ])
        func values(type: String, literal: String, expected: String, kind: ServerResult.Kind) throws {
            try connection.run("CREATE TABLE t (id INT PRIMARY KEY, v \(type))")
            try connection.run("INSERT INTO t VALUES (1, \(literal)), (2, NULL), (3, \(literal))")
            let found = try connection.query("SELECT v FROM t ORDER BY id", [])
            #expect(found.kinds == [kind])
            #expect(found.texts(of: 0) == [expected, nil, expected])
        }

        @Test("a zero date that an application left behind is read, and compared with")
        func zeroDates() throws {
            try fixture.admin.run("SET sql_mode = ''")
            try fixture.admin.run("CREATE TABLE t (a DATETIME(3), b DATE, c TIMESTAMP NOT NULL DEFAULT 0, s INT)")
            try fixture.admin.run("INSERT INTO t (a, b, s) VALUES ('0000-00-00', '2026-02-00', 1)")
            #expect(
                try connection.rows("SELECT a, b, c FROM t WHERE a < ?1", .text("2026-01-01 00:00:00"))
                    == [["0000-00-00 00:00:00.000", "2026-02-00", "0000-00-00 00:00:00"]])
            #expect(try connection.run("UPDATE t SET s = 2 WHERE s = 1") == 1)
            #expect(connection.failure("UPDATE t SET a = ?1", .text("2026-02-31 00:00:00"))?.kind == .rejected)
        }

        @Test("a TIMESTAMP is in the session's zone, a DATETIME in none")
        func zones() throws {
            let utc = try fixture.connect()
            try connection.run("CREATE TABLE t (a TIMESTAMP(3) NULL, b DATETIME(3))")
            try connection.run("INSERT INTO t VALUES (?1, ?1)", .text("2026-11-29 23:29:21.987"))
            #expect(
                try connection.rows("SELECT a, b FROM t") == [["2026-11-29 23:29:21.987", "2026-11-29 23:29:21.987"]])
            #expect(try utc.rows("SELECT a, b FROM t") == [["2026-11-29 14:29:21.987", "2026-11-29 23:29:21.987"]])
        }

        @Test(
            "what is bound is written and found", arguments: ["utf8mb4_general_ci", "utf8mb4_bin", "latin1_swedish_ci"])
        func bound(collation: String) throws {
            let set = collation.prefix { $0 != "_" }
            try connection.run(
                """
                CREATE TABLE t (id BIGINT PRIMARY KEY, s VARCHAR(20) CHARACTER SET \(set) COLLATE \(collation), d DOUBLE,
                    status TINYINT, state ENUM('PENDING','SENT'), n BIGINT)
                """)
            try connection.run(
                "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6)", .integer(.max), .text("Zoë"), .real(0.1), .text("1"),
                .text("PENDING"), .null)
            #expect(
                try connection.rows(
                    "SELECT * FROM t WHERE s = ?1 AND status = '1' AND state = ?2", .text("Zoë"), .text("PENDING"))
                    == [["9223372036854775807", "Zoë", "0.1", "1", "PENDING", ""]])
            #expect(try connection.query("SELECT n FROM t", []).cells == [nil])
        }

        @Test("a text of some megabytes comes and goes whole")
        func longTexts() throws {
            try connection.run("CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)")
            let text = String(repeating: "알림톡 ", count: 500_000)
            try connection.run("INSERT INTO t VALUES (1, 'short'), (2, ?1), (3, NULL)", .text(text))
            #expect(try connection.query("SELECT v FROM t ORDER BY id", []).texts(of: 0) == ["short", text, nil])
        }
    }
#endif

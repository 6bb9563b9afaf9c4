#if PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// The application's table as the catalogue has it.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLCatalogueTests {
        let database = TestDatabase()

        private func description(
            _ connection: PostgreSQLConnection, of table: String = "notification_history"
        ) throws -> TableDescription {
            try PostgreSQLServer.description(of: table, database.address, on: connection)
        }

        private func refusal(_ table: String, _ connection: PostgreSQLConnection) -> LedgerError? {
            #expect(throws: LedgerError.self) { _ = try description(connection, of: table) }
        }

        @Test("columns, what they take, and how rows are found")
        func columns() throws {
            let connection = try database.connect()
            try connection.run("CREATE TYPE word AS ENUM ('PENDING', 'SENT', 'it''s')")
            try connection.run("CREATE DOMAIN short AS VARCHAR(20) NOT NULL")
            try connection.run("CREATE DOMAIN state AS word")
            try connection.run(
                "CREATE COLLATION nearly (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
            try connection.run(
                """
                CREATE TABLE notification_history (
                    id BIGSERIAL PRIMARY KEY, number INT GENERATED ALWAYS AS IDENTITY, status word NOT NULL DEFAULT 'PENDING',
                    other state, key short, twice BIGINT GENERATED ALWAYS AS (id * 2) STORED, name TEXT COLLATE nearly,
                    t6 TIMESTAMP, t0 TIMESTAMP(0), t3z TIMESTAMPTZ(3), real REAL, whole NUMERIC(13), part NUMERIC(13, 3),
                    "Odd ""na""me" DATE)
                """)
            try connection.run("ALTER TABLE notification_history DROP COLUMN real")
            let table = try description(connection)
            #expect(table.name == "notification_history")
            #expect(table.qualifiedName == "\"public\".\"notification_history\"")
            #expect(table.address == RowAddress(column: "\"id\"", kind: .number, type: "bigint"))
            #expect(!table.hasTriggers)
            #expect(
                table.columns.map(\.name) == [
                    "id", "number", "status", "other", "key", "twice", "name", "t6", "t0", "t3z", "whole", "part",
                    "Odd \"na\"me",
                ])
            #expect(table.columns.filter(\.isNumbered).map(\.name) == ["id", "number"])
            #expect(table.columns.filter(\.isNotNull).map(\.name) == ["id", "number", "status", "key"])
            #expect(table.columns.filter(\.hasDefault).map(\.name) == ["id", "status"])
            #expect(table.columns.filter(\.isGenerated).map(\.name) == ["twice"])
            #expect(table.column("STATUS")?.labels == ["PENDING", "SENT", "it's"])
            #expect(table.column("other")?.labels == ["PENDING", "SENT", "it's"])
            #expect(table.column("name")?.collation == "public.nearly")
            #expect(table.column("key")?.collation == "")
            #expect(table.column("t3z")?.type == "timestamp(3) with time zone")
            let takes: [TimeCodec.Column] = [
                .integers, .integers, .anything, .anything, .anything, .integers, .anything,
                .time(decimals: 6, hasOffset: false), .time(decimals: 0, hasOffset: false),
                .time(decimals: 3, hasOffset: true), .integers, .reals, .anything,
            ]
            #expect(table.columns.map(\.takes) == takes)
        }

        @Test("a row's address")
        func address() throws {
            let connection = try database.connect()
            let tables: [(String, String, RowAddress.Kind, String)] = [
                ("id UUID PRIMARY KEY", "\"id\"", .text, "uuid"),
                ("id VARCHAR(26) PRIMARY KEY", "\"id\"", .text, "character varying(26)"),
                ("id SMALLINT PRIMARY KEY", "\"id\"", .number, "smallint"),
                (
                    "a INT, b INT, PRIMARY KEY (a, b), k TEXT NOT NULL UNIQUE, n INT NOT NULL UNIQUE", "\"n\"", .number,
                    "integer"
                ),
                ("k TEXT NOT NULL UNIQUE, n INT UNIQUE, \"U\" UUID NOT NULL UNIQUE", "\"U\"", .text, "uuid"),
            ]
            for (columns, column, kind, type) in tables {
                try connection.run("CREATE TABLE one (\(columns))")
                let table = try description(connection, of: "one")
                #expect(table.address == RowAddress(column: column, kind: kind, type: type))
                try connection.run("DROP TABLE one")
            }
        }

        @Test("rows are found again by their addresses")
        func rowsAreFoundAgain() throws {
            let connection = try database.connect()
            let ids = [
                ("UUID", "6f0d2c52-4b0c-4e1f-9b51-0f4d8f1f2c11"), ("VARCHAR(9)", "한 'a'"), ("BIGINT", "-7"),
                ("CHAR(5)", "a"), ("NUMERIC(20)", "12345678901234567890"), ("BYTEA", "\\x00ff"),
                ("TIMESTAMPTZ", "2026-11-29 23:29:21.123456+09"),
            ]
            for (type, id) in ids {
                try connection.run("CREATE TABLE one (id \(type) PRIMARY KEY)")
                try connection.run("INSERT INTO one VALUES (?1)", .text(id))
                let (address, dialect) = (try description(connection, of: "one").address, PostgreSQLServer.dialect)
                #expect(try connection.one("SELECT \(dialect.reading(address, of: "one.id")) FROM one") == id)
                let value = address.kind == .number ? SQLValue(Int(id) ?? 0) : .text(id)
                let found = "SELECT 1 FROM one WHERE id = \(dialect.finding(address, "?1"))"
                #expect(try connection.one(found, value) == "1", "\(type)")
                try connection.run("DROP TABLE one")
            }
        }

        @Test("indexes: unique ones, those with conditions and expressions, none that was not finished")
        func indexes() throws {
            let connection = try database.connect()
            try connection.run("CREATE TABLE one (id INT PRIMARY KEY, a TEXT, b TEXT, c INT[])")
            for definition in [
                "UNIQUE INDEX i1 ON one (b, a) INCLUDE (id)", "INDEX i2 ON one (lower(a), b)",
                "INDEX i3 ON one (a) WHERE b IS NULL", "INDEX i4 ON one USING gin (c)",
                "INDEX i5 ON one USING hash (a)",
            ] {
                try connection.run("CREATE \(definition)")
            }
            let indexes = try description(connection, of: "one").indexes
            #expect(indexes.map(\.name) == ["one_pkey", "i1", "i2", "i3", "i5"])
            #expect(indexes.map(\.columns) == [["id"], ["b", "a"], [nil, "b"], ["a"], ["a"]])
            #expect(indexes.map(\.isUnique) == [true, true, false, false, false])
            #expect(indexes.map(\.isPartial) == [false, false, false, true, false])
        }

        @Test("a table in another schema, one of odd letters, one in parts")
        func otherTables() throws {
            let connection = try database.connect()
            try connection.run("CREATE SCHEMA shop")
            try connection.run("CREATE TABLE shop.notification_history (id INT PRIMARY KEY)")
            try connection.run("CREATE TABLE \"Odd.Name \"\"x\"\"\" (id INT PRIMARY KEY)")
            try connection.run("CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY RANGE (id)")
            #expect(
                try description(connection, of: "shop.notification_history").qualifiedName
                    == "\"shop\".\"notification_history\"")
            #expect(try description(connection, of: "SHOP.Notification_History").name == "notification_history")
            #expect(
                try description(connection, of: "Odd.Name \"x\"").qualifiedName == "\"public\".\"Odd.Name \"\"x\"\"\"")
            #expect(try description(connection, of: "Parts").name == "parts")
            let missing = refusal("notification_history", connection)
            #expect(missing?.kind == .unusable)
            #expect(
                missing?.message == "no table notification_history in \(database.address.text): there are:"
                    + " Odd.Name \"x\", parts, shop.notification_history; see store.table")
            #expect(try PostgreSQLServer.holds(table: "parts", on: connection))
            #expect(try !PostgreSQLServer.holds(table: "notification_history", on: connection))
            #expect(try PostgreSQLServer.size(on: connection) > 1_000_000)
        }

        @Test("what cannot be worked on is refused by name")
        func whatCannotBeWorkedOn() throws {
            let connection = try database.connect()
            try connection.run("CREATE TABLE one (id INT, name TEXT UNIQUE)")
            try connection.run("CREATE VIEW seen AS SELECT * FROM one")
            try connection.run("CREATE MATERIALIZED VIEW kept AS SELECT * FROM one")
            try connection.run("CREATE TEMPORARY TABLE short (id INT PRIMARY KEY)")
            #expect(refusal("seen", connection)?.message.contains("is a view, not an ordinary table") == true)
            #expect(refusal("kept", connection)?.message.contains("is a materialized view") == true)
            #expect(refusal("short", connection)?.message.contains("is a temporary table") == true)
            let error = refusal("one", connection)
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("no column that tells its rows apart") == true)
            let remedy = error?.message.split(separator: "ALTER TABLE").last.map { "ALTER TABLE" + $0 } ?? ""
            try connection.run(remedy)
            #expect(try description(connection, of: "one").address.column == "\"row_number\"")
        }

        @Test("of columns that differ in their letters' case alone, the one as it is written is meant")
        func lettersCase() throws {
            let connection = try database.connect()
            try connection.run("CREATE TABLE one (id INT PRIMARY KEY, \"Status\" INT, status INT)")
            let table = try description(connection, of: "one")
            #expect(["status", "Status", "STATUS"].map { table.column($0)?.name } == ["status", "Status", "Status"])
        }

        @Test("the reconciler's own tables are looked at where statements find them")
        func ownTables() async throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(database.address)
            _ = try SQLLedger.open(configuration, mode: .readWrite)
            try connection.run("CREATE SCHEMA first")
            try connection.run("ALTER DATABASE \(database.name) SET search_path TO first, public")
            let again = try SQLLedger.open(configuration, mode: .readWrite)
            #expect(try await again.overview(at: now).schemaVersion == Migration.all.last?.version)
            // Another program's, behind those.
            try connection.run("ALTER DATABASE \(database.name) SET search_path TO public, first")
            try connection.run("CREATE TABLE first.reconciler_meta (other INT)")
            #expect(throws: Never.self) { _ = try SQLLedger.open(configuration, mode: .readWrite) }
            try connection.run("ALTER DATABASE \(database.name) SET search_path TO first, public")
            #expect(throws: LedgerError.self) { _ = try SQLLedger.open(configuration, mode: .readWrite) }
        }

        @Test("the definition is another one once something is")
        func theDefinition() throws {
            let connection = try database.connect()
            try TestDatabase.withTable(on: connection)
            func body(_ text: String) -> String {
                "FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(text) RETURN NEW; END $$"
            }
            var definitions = [try description(connection).definition]
            #expect(try description(connection).definition == definitions[0])
            for change in [
                "ALTER TABLE notification_history ADD COLUMN x INT",
                "ALTER TABLE notification_history ALTER x TYPE BIGINT",
                "CREATE INDEX x ON notification_history (x)", "ALTER TABLE notification_history ADD CHECK (x > 0)",
                "CREATE \(body(""))", "CREATE TRIGGER f BEFORE UPDATE ON notification_history EXECUTE FUNCTION f()",
                "CREATE OR REPLACE \(body("NULL;"))", "ALTER TABLE notification_history DISABLE TRIGGER f",
                "ALTER TABLE notification_history ENABLE ROW LEVEL SECURITY", "DROP INDEX x",
            ] {
                try connection.run(change)
                let table = try description(connection)
                if change.hasPrefix("CREATE OR REPLACE") { #expect(table.hasTriggers) }
                if change.hasPrefix("CREATE FUNCTION") {
                    #expect(definitions.last == table.definition)
                } else {
                    #expect(!definitions.contains(table.definition), "\(change)")
                }
                definitions.append(table.definition)
            }
        }

        @Test("words that are one to the column")
        func words() throws {
            let connection = try database.connect()
            let columns: [(String, [String], [String]?)] = [
                ("TEXT", ["PENDING", "pending", "SENT"], nil), ("VARCHAR(20)", ["A", "B", "A "], nil),
                ("CHAR(20)", ["A", "B", "C"], nil), ("SMALLINT", ["0", "1", "2"], nil),
                ("NUMERIC(3, 0)", ["0", "1"], nil),
                ("word", ["PENDING", "SENT"], nil), ("TEXT COLLATE nearly", ["SENT", "x", "Sent"], ["SENT", "Sent"]),
                ("citext", ["SENT", "x", "Sent"], ["SENT", "Sent"]),
            ]
            try makeTypes(connection)
            for (type, words, expected) in columns {
                let column = try column(type, connection)
                let pair = try PostgreSQLServer.indistinct(words, in: column, on: connection)
                #expect(pair.map { [$0.0, $0.1] } == expected, "\(type)")
            }
        }

        @Test("words that a column cannot hold")
        func wordsThatItCannotHold() throws {
            let connection = try database.connect()
            let columns = [
                ("word", "DEAD_LETTER", "ALTER TYPE word ADD VALUE 'DEAD_LETTER'"),
                ("SMALLINT", "SENT", "cannot hold SENT"),
                ("SMALLINT", "70000", "cannot hold 70000"), ("INT", "01", "holds 01 as 1"),
                ("VARCHAR(4)", "PENDING", "holds PENDING as PEND"), ("CHAR(3)", "A ", "holds A  as A"),
            ]
            try makeTypes(connection)
            for (type, word, expected) in columns {
                let column = try column(type, connection)
                let error = #expect(throws: LedgerError.self) {
                    _ = try PostgreSQLServer.indistinct([word], in: column, on: connection)
                }
                #expect(error?.kind == .unusable)
                #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
            }
        }

        private func makeTypes(_ connection: PostgreSQLConnection) throws {
            try database.connectAsAdmin().run("CREATE EXTENSION citext")
            try connection.run("CREATE TYPE word AS ENUM ('PENDING', 'SENT')")
            try connection.run(
                "CREATE COLLATION nearly (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
        }

        private func column(_ type: String, _ connection: PostgreSQLConnection) throws -> TableDescription.Column {
            try connection.run("DROP TABLE IF EXISTS one")
            try connection.run("CREATE TABLE one (id INT PRIMARY KEY, status \(type))")
            return try #require(try description(connection, of: "one").column("status"))
        }
    }
#endif

#if MySQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// The application's table as the catalogue has it.
    @Suite(.onMySQL) struct MySQLTableTests {
        private let fixture: MySQLFixture
        private let connection: MySQLConnection
        private let dialect = MySQLDialect()

        init() throws {
            fixture = try MySQLFixture()
            connection = try fixture.connect()
        }

        private func description(_ table: String = "n", on connection: MySQLConnection? = nil) throws
            -> TableDescription
        {
            try MySQLServer.description(of: table, fixture.address, on: connection ?? self.connection)
        }

        private func refusal(_ table: String = "n") throws -> String {
            do {
                _ = try description(table)
                return ""
            } catch let error as LedgerError {
                #expect(error.kind == .unusable)
                return error.message
            }
        }

        @Test("a table as Hibernate makes it")
        func hibernate() throws {
            try connection.run(
                """
                CREATE TABLE n (id bigint NOT NULL AUTO_INCREMENT, created_at datetime(6) NOT NULL, external_id varchar(255),
                    status enum('PENDING','SENT','DEAD_LETTER') NOT NULL, code varchar(9) DEFAULT 'x', at timestamp(3) NULL,
                    sum decimal(9,2), tries int NOT NULL, total int AS (tries + 1) STORED, PRIMARY KEY (id),
                    UNIQUE KEY by_key (external_id), KEY by_status (status, created_at), KEY short (code(3))) ENGINE=InnoDB
                """)
            let table = try description()
            #expect(table.name == "n")
            #expect(table.qualifiedName == "\"\(fixture.name)\".\"n\"")
            #expect(table.address == RowAddress(column: "\"id\"", kind: .number, isNumbered: true))
            #expect(table.columns.map(\.isNumbered) == [true] + Array(repeating: false, count: 8))
            #expect(table.columns.map(\.isGenerated) == Array(repeating: false, count: 8) + [true])
            #expect(table.column("STATUS")?.labels == ["PENDING", "SENT", "DEAD_LETTER"])
            #expect(table.column("created_at")?.takes == .time(decimals: 6, hasOffset: false))
            #expect(table.column("at")?.takes == .time(decimals: 3, hasOffset: false))
            #expect(table.column("sum")?.takes == .reals)
            #expect(table.column("tries")?.takes == .integers)
            #expect(table.column("code")?.hasDefault == true)
            #expect(table.column("external_id")?.hasDefault == false)
            #expect(table.column("external_id")?.isNotNull == false)
            #expect(table.column("external_id")?.collation == "utf8mb4_general_ci")
            #expect(table.column("external_id")?.type == "varchar(255)")
            #expect(table.indexes.map(\.name) == ["PRIMARY", "by_key", "by_status", "short"])
            #expect(table.indexes.map(\.columns) == [["id"], ["external_id"], ["status", "created_at"], ["code"]])
            #expect(table.indexes.map(\.isUnique) == [true, true, false, false])
            #expect(!table.hasTriggers)
        }

        @Test(
            "rows are found by a key of any type, through its index",
            arguments: [
                ("INT PRIMARY KEY", ["5"], RowAddress.Kind.number),
                ("VARCHAR(40) COLLATE utf8mb4_unicode_ci PRIMARY KEY", ["Zoë"], .text),
                ("CHAR(40) CHARACTER SET latin1 PRIMARY KEY", ["Zoë"], .text),
                ("CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY", ["0190c7a0-0000"], .text),
                ("BINARY(4) PRIMARY KEY", ["7A6F6500", "zoe"], .text),
                ("VARBINARY(16) PRIMARY KEY", ["7A6F65", "zoe"], .text),
                ("UUID PRIMARY KEY", ["0190c7a0-0000-7000-8000-000000000001"], .text),
                ("BIGINT NOT NULL UNIQUE", ["5"], .number),
            ])
        func addresses(type: String, texts: [String], kind: RowAddress.Kind) throws {
            try connection.run("CREATE TABLE n (x INT, id \(type))")
            try connection.run("INSERT INTO n (x, id) VALUES (1, ?1)", .text(texts.last ?? ""))
            let address = try description().address
            #expect(address.kind == kind)
            #expect(try connection.rows("SELECT \(dialect.reading(address, of: "n.\"id\"")) FROM n") == [[texts[0]]])
            let value: SQLValue = kind == .number ? .integer(5) : .text(texts[0])
            let own = TableDefinition(name: "reconciler_x", columns: [.init("row_id", .rowID)], key: ["row_id"])
            try connection.run(dialect.creation(of: own, rowID: kind))
            try connection.run("INSERT INTO reconciler_x VALUES (?1)", value)
            for found in [
                "SELECT x FROM n WHERE n.\"id\" = \(dialect.finding(address, "?1"))",
                "SELECT x FROM reconciler_x AS m JOIN n ON n.\"id\" = \(dialect.finding(address, "m.row_id"))",
            ] {
                #expect(try connection.rows(found, value) == [["1"]])
            }
            let plan = try connection.rows(
                "EXPLAIN SELECT x FROM n WHERE n.\"id\" = \(dialect.finding(address, quoted(text: texts[0])))")
            #expect(plan[0][3] == "const")
        }

        @Test("of a composite key, or none, another one of one column serves")
        func otherKeys() throws {
            try connection.run(
                "CREATE TABLE n (a INT, b INT, k VARCHAR(9) NOT NULL, p VARCHAR(99) NOT NULL, PRIMARY KEY (a, b))")
            #expect(try refusal().contains("ADD COLUMN row_key"))
            try connection.run("ALTER TABLE n ADD UNIQUE (p(5))")
            #expect(try refusal().contains("ADD COLUMN row_key"))
            try connection.run("ALTER TABLE n ADD UNIQUE (k)")
            #expect(try description().address.column == "\"k\"")
            try connection.run("CREATE TABLE m (a INT UNIQUE)")
            #expect(try refusal("m").contains("no column by which a row is found"))
            try connection.run("ALTER TABLE m ADD COLUMN row_key BIGINT NOT NULL AUTO_INCREMENT UNIQUE")
            #expect(try description("m").address.column == "\"row_key\"")
        }

        @Test("numbers that are too large for an address are none: another column serves, or the value is named")
        func largeNumbers() throws {
            try connection.run("CREATE TABLE n (id BIGINT UNSIGNED PRIMARY KEY, x INT)")
            #expect(try description().address == RowAddress(column: "\"id\"", kind: .number))
            try connection.run("INSERT INTO n (id) VALUES (9223372036854775807)")
            #expect(try description().address.column == "\"id\"")
            try connection.run("INSERT INTO n (id) VALUES (9223372036854775808)")
            let refusal = try refusal()
            #expect(refusal.contains("column id of table n") && refusal.contains("9223372036854775808"), "\(refusal)")
            try connection.run("ALTER TABLE n ADD COLUMN row_key BIGINT NOT NULL AUTO_INCREMENT UNIQUE")
            #expect(try description().address.column == "\"row_key\"")
        }

        @Test("a row whose number is too large is named when it is met, and taken for no other one")
        func largeNumberMet() async throws {
            try connection.run(
                """
                CREATE TABLE notification_history (id BIGINT UNSIGNED PRIMARY KEY, external_id VARCHAR(255) UNIQUE,
                    status VARCHAR(20) NOT NULL, service_type VARCHAR(20), report_code VARCHAR(20),
                    error_message VARCHAR(500), created_at DATETIME(6) NOT NULL, updated_at DATETIME(6))
                """)
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(try fixture.address)
            let ledger = try SQLLedger.open(configuration, mode: .readWrite)
            try connection.run(
                """
                INSERT INTO notification_history (id, external_id, status, created_at)
                VALUES (18446744073709551615, 'm1', 'PENDING', '2027-01-15 15:00:00')
                """)
            let due = await #expect(throws: LedgerError.self) {
                _ = try await ledger.due(from: .init(), at: now, limit: 9)
            }
            let told = await #expect(throws: LedgerError.self) { _ = try await ledger.list(limit: 9) }
            for error in [due, told] {
                #expect(error?.kind == .unusable)
                #expect(error?.message.contains("column id of table notification_history") == true)
                #expect(error?.message.contains("18446744073709551615") == true)
            }
        }

        @Test("what cannot be worked on is refused by name, with the remedy")
        func refusals() throws {
            #expect(try refusal("nowhere").contains("there is none"))
            try connection.run("CREATE TABLE n (id INT PRIMARY KEY) ENGINE=MyISAM")
            #expect(try refusal().contains("MyISAM, which has no transactions: ALTER TABLE `n` ENGINE=InnoDB"))
            try connection.run("ALTER TABLE n ENGINE=Aria")
            #expect(try refusal().contains("Aria"))
            try connection.run("ALTER TABLE n ENGINE=InnoDB")
            try connection.run("CREATE VIEW v AS SELECT * FROM n")
            #expect(try refusal("v").contains("is a view"))
            #expect(try refusal("nowhere").contains("there are: n, v"))
            try connection.run("CREATE TEMPORARY TABLE temporary (id INT PRIMARY KEY)")
            #expect(try refusal("temporary").contains("no table temporary"))
        }

        @Test("another database's table, and one with a dot in its name")
        func names() throws {
            try connection.run("CREATE TABLE n (id INT PRIMARY KEY)")
            let address = try fixture.server.address()
            let elsewhere = try MySQLConnection(fixture.server.address(), ServerLimits())
            let table = try MySQLServer.description(of: "\(fixture.name).n", address, on: elsewhere)
            #expect(table.qualifiedName == "\"\(fixture.name)\".\"n\"")
            try connection.run("CREATE TABLE \"\(fixture.name).n\" (other INT PRIMARY KEY)")
            #expect(try description("\(fixture.name).n").address.column == "\"other\"")
        }

        @Test("the definition is another once it is altered, and the same while rows come")
        func definition() throws {
            try connection.run("CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY, status VARCHAR(9))")
            let first = try description().definition
            try connection.run("INSERT INTO n (status) VALUES ('x'), ('y')")
            #expect(try description().definition == first)
            try connection.run("CREATE INDEX s ON n (status)")
            let second = try description().definition
            #expect(second != first)
            try fixture.admin.run("CREATE TRIGGER g BEFORE UPDATE ON n FOR EACH ROW SET NEW.status = OLD.status")
            let table = try description()
            #expect(table.definition != second)
            #expect(table.hasTriggers)
        }

        @Test("who may not see triggers takes it that there may be some")
        func hiddenTriggers() throws {
            try connection.run("CREATE TABLE n (id INT PRIMARY KEY)")
            let blind = try MySQLConnection(fixture.account("SELECT ON \(fixture.name).n"), ServerLimits())
            #expect(try description(on: blind).hasTriggers)
        }

        @Test(
            "words that are one to the column, and words that it cannot hold",
            arguments: [
                ("VARCHAR(20) COLLATE utf8mb4_general_ci", ["SENT", "PENDING", "Sent"], "SENT Sent", ""),
                ("VARCHAR(20) COLLATE utf8mb4_bin", ["SENT", "PENDING", "Sent"], "", ""),
                ("VARCHAR(20) CHARACTER SET latin1", ["SENT", "sent "], "SENT sent ", ""),
                ("VARBINARY(20)", ["SENT", "sent"], "", ""),
                ("ENUM('PENDING','SENT')", ["SENT", "PENDING"], "", ""),
                ("ENUM('PENDING','SENT')", ["SENT", "DEAD"], "", "enum('PENDING','SENT','DEAD')"),
                ("ENUM('it''s','a,b') COLLATE utf8mb4_bin", ["it's", "a,b"], "", ""),
                ("ENUM('it''s','a,b') COLLATE utf8mb4_bin", ["IT'S"], "", "cannot hold the word IT'S"),
                ("TINYINT", ["0", "1", "2"], "", ""),
                ("TINYINT", ["1", "01"], "1 01", ""),
                ("TINYINT", ["1", "SENT"], "", "cannot hold the word SENT"),
                ("INT", ["7"], "", ""),
            ])
        func words(type: String, words: [String], same: String, refusal: String) throws {
            try connection.run("CREATE TABLE n (id INT PRIMARY KEY, status \(type))")
            let column = try #require(try description().column("status"))
            do {
                let found = try MySQLServer.indistinct(words, in: column, on: connection)
                #expect(found.map { "\($0.0) \($0.1)" } ?? "" == same)
                #expect(refusal == "")
            } catch let error as LedgerError {
                #expect(refusal != "")
                #expect(error.message.contains(refusal))
            }
        }
    }
#endif

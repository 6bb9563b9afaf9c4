#if MySQL
    import Dispatch
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Support
    import Testing

    /// What the server says, and what it means.
    @Suite(.onMySQL) struct MySQLErrorTests {
        private let fixture: MySQLFixture

        init() throws { fixture = try MySQLFixture() }

        @Test(
            "numbers and states",
            arguments: [
                (1053, "08S01", ServerError.Kind.lost), (1047, "08S01", .lost), (1927, "70100", .lost),
                (1180, "HY000", .lost),
                (2006, "HY000", .lost), (2013, "HY000", .lost), (2055, "HY000", .lost), (2002, "HY000", .lost),
                (1213, "40001", .retry), (3101, "40000", .retry), (9007, "HY000", .retry), (1615, "HY000", .retry),
                (1412, "HY000", .retry),
                (1205, "HY000", .busy), (1969, "70100", .slow), (3024, "HY000", .slow), (9002, "HY000", .busy),
                (1040, "08004", .tooMany), (1203, "42000", .tooMany), (1226, "42000", .tooMany),
                (1044, "42000", .refused), (1045, "28000", .refused), (1049, "42000", .refused),
                (1130, "HY000", .refused),
                (2059, "HY000", .refused), (1698, "28000", .refused),
                (1142, "42000", .forbidden), (1143, "42000", .forbidden), (1227, "42000", .forbidden),
                (1290, "HY000", .readOnly), (1792, "25006", .readOnly), (1836, "HY000", .readOnly),
                (3100, "HY000", .readOnly),
                (1021, "HY000", .full), (1114, "HY000", .full),
                (1062, "23000", .rejected), (1048, "23000", .rejected), (1265, "01000", .rejected),
                (4025, "23000", .rejected),
                (3819, "HY000", .rejected), (1644, "45000", .rejected), (5000, "45001", .rejected),
                (1690, "22003", .rejected),
                (1054, "42S22", .schema), (1146, "42S02", .schema), (1305, "42000", .schema), (1356, "HY000", .schema),
                (1194, "HY000", .damaged), (1712, "HY000", .damaged), (1064, "42000", .other), (1, "HY000", .other),
            ] as [(UInt32, String, ServerError.Kind)])
        func kinds(number: UInt32, state: String, kind: ServerError.Kind) {
            #expect(ServerError(mysql: number, state: state, message: "words").kind == kind)
        }

        @Test("a full disk is told by the storage's words")
        func fullDisk() {
            let words = "Error writing file './shop/t.MAD' (Errcode: 28 \"No space left on device\")"
            #expect(ServerError(mysql: 3, state: "HY000", message: words).kind == .full)
            #expect(
                ServerError(mysql: 1030, state: "HY000", message: "Got error 28 \"No space\" from storage").kind
                    == .full)
            #expect(
                ServerError(mysql: 1030, state: "HY000", message: "Got error 168 from storage engine").kind == .other)
        }

        @Test("what the table's own rules refuse: a check, a trigger's word, a key, a foreign key, NULL")
        func rejections() throws {
            let connection = try fixture.connect()
            try fixture.admin.run("CREATE TABLE p (id INT PRIMARY KEY)")
            try fixture.admin.run(
                "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL CHECK (n < 5), p INT, FOREIGN KEY (p) REFERENCES p (id))"
            )
            try fixture.admin.run("INSERT INTO t VALUES (1, 1, NULL), (2, 2, NULL)")
            try fixture.admin.run(
                """
                CREATE TRIGGER guard BEFORE UPDATE ON t FOR EACH ROW
                IF NEW.n = 4 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not for 010-1234-5678'; END IF
                """)
            let cases = [
                ("UPDATE t SET n = 9", "4025"), ("UPDATE t SET n = 4", "1644"), ("UPDATE t SET id = 3", "1062"),
                ("UPDATE t SET p = 7", "1452"), ("UPDATE t SET n = NULL", "1048"),
            ]
            for (sql, code) in cases {
                let error = try #require(connection.failure(sql))
                #expect(error.kind == .rejected)
                #expect(error.code == code)
            }
            #expect(connection.failure("UPDATE t SET n = 4")?.message == Redaction.clean("not for 010-1234-5678"))
            #expect(connection.failure("UPDATE t SET m = 4")?.kind == .schema)
            #expect(connection.failure("UPDATE u SET m = 4")?.kind == .schema)
            #expect(!connection.isLost)
        }

        @Test("of two that wait for each other one is told to try again")
        func deadlock() throws {
            let address = try fixture.address
            // Neither gives up, nor is given up, while a busy machine lets the other stand still.
            let limits = ServerLimits(lock: .seconds(25), idleInTransaction: .seconds(60))
            let connection = try fixture.connect(limits)
            try connection.run("CREATE TABLE t (id INT PRIMARY KEY, n INT)")
            try connection.run("INSERT INTO t VALUES (1, 0), (2, 0)")
            try connection.run("BEGIN")
            try connection.run("UPDATE t SET n = 1 WHERE id = 1")
            let isLocked = DispatchSemaphore(value: 0)
            let other = beside {
                let other = try MySQLConnection(address, limits)
                try other.run("BEGIN")
                try other.run("UPDATE t SET n = 2 WHERE id = 2")
                isLocked.signal()
                let failure = other.failure("UPDATE t SET n = 2 WHERE id = 1")
                try other.run("ROLLBACK")
                return failure
            }
            isLocked.wait()
            let failure = connection.failure("UPDATE t SET n = 1 WHERE id = 2")
            try connection.run("ROLLBACK")
            let failures = [failure, try other()].compactMap(\.self)
            #expect(failures.map(\.code) == ["1213"])
            #expect(failures.map(\.kind) == [.retry])
        }

        @Test("a lock that somebody keeps is waited for, but not longer than asked for")
        func lockWait() throws {
            let holder = try fixture.connect(ServerLimits(idleInTransaction: .seconds(60)))
            let connection = try fixture.connect(ServerLimits(lock: .seconds(1)))
            try holder.run("CREATE TABLE t (id INT PRIMARY KEY)")
            try holder.run("INSERT INTO t VALUES (1)")
            try holder.run("BEGIN")
            try holder.run("SELECT * FROM t WHERE id = 1 FOR UPDATE")
            let start = ContinuousClock.now
            #expect(connection.failure("DELETE FROM t WHERE id = 1")?.kind == .busy)
            #expect(connection.failure("ALTER TABLE t ADD COLUMN n INT")?.kind == .busy)
            // The server's own limit is 50 s.
            #expect(ContinuousClock.now - start < .seconds(45))
            #expect(!connection.isLost)
        }

        @Test("a table that is altered while it is read is read again")
        func altered() throws {
            let application = try fixture.connect()
            try application.run("CREATE TABLE t (id INT PRIMARY KEY)")
            let database = try ServerDatabase(
                MySQLServer.self, fixture.address, ServerLimits(), for: .reading, patience: nil)
            var errors: [ServerError] = []
            try database.read {
                if errors.isEmpty { try application.run("ALTER TABLE t ADD COLUMN n INT, ALGORITHM=COPY") }
                do {
                    try database.execute("SELECT * FROM t")
                } catch let error as ServerError {
                    errors.append(error)
                    throw error
                }
            }
            #expect(errors.map(\.code) == ["1412"])
        }

        @Test("a statement that takes too long is ended, and the connection lives")
        func slowStatement() throws {
            try withLittleTime { time in
                let connection = try fixture.connect(ServerLimits(answer: time))
                let slow = "SELECT COUNT(*) FROM information_schema.columns AS a WHERE SLEEP(9) = 0"
                let error = try connection.failureSaid(slow)
                let rows = try connection.rows("SELECT 1")
                #expect(error?.kind == .slow)
                #expect(rows == [["1"]])
            }
        }

        @Test("on a connection for long work it may take longer")
        func longWork() throws {
            let connection = try fixture.connect(ServerLimits(answer: .seconds(1), work: .seconds(20)))
            let slow =
                "SELECT COUNT(*) FROM (SELECT table_name FROM information_schema.tables LIMIT 1) AS a WHERE SLEEP(4) = 1"
            #expect(try connection.rows(slow) == [["0"]])
        }

        @Test("wrong password, unknown database, an account that may not come")
        func refusals() throws {
            var address = try fixture.address
            address.password = Secret("wrong")
            #expect(failure(address)?.code == "1045")
            #expect(failure(address)?.kind == .refused)
            #expect(try failure(fixture.server.address("_ADMIN", database: "nowhere"))?.code == "1049")
            #expect(try failure(fixture.server.address("", database: "mysql"))?.kind == .refused)
            address.port = 1
            #expect(failure(address)?.kind == .lost)
        }

        @Test("more connections than the account may have")
        func tooMany() throws {
            let address = try fixture.account("SELECT ON \(fixture.name).*", options: "WITH MAX_USER_CONNECTIONS 1")
            let first = try MySQLConnection(address, ServerLimits())
            #expect(failure(address)?.kind == .tooMany)
            first.close()
        }

        @Test("what the account may not do")
        func forbidden() throws {
            try fixture.admin.run("CREATE TABLE t (id INT PRIMARY KEY, n INT)")
            let connection = try MySQLConnection(
                fixture.account("SELECT, UPDATE (n) ON \(fixture.name).t"), ServerLimits())
            #expect(connection.failure("UPDATE t SET n = 1") == nil)
            #expect(connection.failure("UPDATE t SET id = 1")?.kind == .forbidden)
            #expect(connection.failure("DELETE FROM t")?.kind == .forbidden)
            #expect(connection.failure("CREATE TABLE u (id INT)")?.kind == .forbidden)
            #expect(connection.failure("SET SESSION sql_log_bin = 0")?.kind == .forbidden)
        }

        private func failure(_ address: ServerAddress) -> ServerError? {
            do {
                _ = try MySQLConnection(address, ServerLimits(connect: patience))
                return nil
            } catch {
                return error
            }
        }
    }
#endif

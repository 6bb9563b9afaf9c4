#if PostgreSQL
    import Dispatch
    @testable import Ledger
    import Reconciliation
    import Support
    import Testing

    /// What a server can do that a file cannot.
    @Suite(.enabled(if: TestPostgreSQL.isThere)) struct PostgreSQLFailureTests {
        let database = TestDatabase()

        private func twoRows(
            _ adjust: (inout ServerLimits) -> Void = { _ in }
        ) throws -> (PostgreSQLConnection, PostgreSQLConnection) {
            let connection = try database.connect(adjust)
            try connection.run("CREATE TABLE one (id INT PRIMARY KEY, x INT NOT NULL CHECK (x < 10))")
            try connection.run("INSERT INTO one VALUES (1, 0), (2, 0)")
            return (connection, try database.connect(adjust))
        }

        @Test("of two that wait for each other one is told to try again")
        func aDeadlock() throws {
            // Neither gives up, nor is given up, while a busy machine lets the other stand still.
            nonisolated(unsafe) let (first, second) = try twoRows {
                $0.lock = .seconds(25)
                $0.idleInTransaction = .seconds(60)
            }
            let update = "UPDATE one SET x = x + 1 WHERE id = ?1"
            for (connection, row) in [(first, 1), (second, 2)] {
                try connection.begin()
                try connection.run(update, SQLValue(row))
            }
            nonisolated(unsafe) var firstError: ServerError?
            let isDone = DispatchSemaphore(value: 0)
            DispatchQueue(label: "first").async {
                firstError = first.failure(update, 2)
                if firstError == nil { firstError = first.failure("COMMIT") }
                isDone.signal()
            }
            let secondError = second.failure(update, 1) ?? second.failure("COMMIT")
            isDone.wait()
            let errors = [firstError, secondError].compactMap(\.self)
            #expect(errors.map(\.kind) == [.retry])
            #expect(errors.map(\.code) == ["40P01"])
            for connection in [first, second] { try connection.run("ROLLBACK") }
            #expect(try first.rows("SELECT x FROM one") == [["1"], ["1"]])
        }

        @Test("a state that has gone on is told to try again")
        func aSerializationFailure() throws {
            let (connection, other) = try twoRows()
            try connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try connection.run("SELECT * FROM one")
            try other.run("UPDATE one SET x = 5 WHERE id = 1")
            let error = connection.failure("UPDATE one SET x = 6 WHERE id = 1")
            #expect(error?.kind == .retry)
            #expect(error?.code == "40001")
        }

        @Test("a lock that somebody holds is waited for no longer than it may", arguments: [true, false])
        func aLock(inTransaction: Bool) throws {
            let (holder, _) = try twoRows()
            let connection = try database.connect { $0.lock = .milliseconds(300) }
            try holder.begin()
            try holder.run("UPDATE one SET x = 1 WHERE id = 1")
            if inTransaction { try connection.begin() }
            let time = waited {
                let error = connection.failure("UPDATE one SET x = 2 WHERE id = 1")
                #expect(error?.kind == .busy)
                #expect(error?.code == "55P03")
            }
            #expect(time >= .milliseconds(250))
            #expect(!connection.isLost)
        }

        @Test("a statement that takes too long is ended by the server", arguments: [true, false])
        func aSlowStatement(inTransaction: Bool) throws {
            try withLittleTime { time in
                let connection = try database.connect { $0.answer = time }
                if inTransaction { try connection.begin() }
                let error = try connection.failureSaid("SELECT pg_sleep(60)")
                try connection.run("ROLLBACK")
                let one = try connection.one("SELECT 1")
                #expect(error?.kind == .slow)
                #expect(error?.code == "57014")
                #expect(one == "1")
            }
        }

        @Test("on a connection for long work a statement may take longer")
        func longWork() throws {
            let connection = try database.connect {
                $0.answer = .milliseconds(500)
                $0.work = .seconds(20)
            }
            #expect(try connection.rows("SELECT pg_sleep(2)").count == 1)
        }

        @Test("where the server does not answer the connection is given up")
        func noAnswer() throws {
            try withLittleTime { limit in
                let connection = try database.connect { $0.answer = limit }
                try connection.begin()
                try connection.run("SET LOCAL statement_timeout TO 0")
                let time = waited { #expect(connection.failure("SELECT pg_sleep(600)")?.kind == .lost) }
                #expect(time >= limit)
                #expect(time < limit + .seconds(15))
                #expect(connection.isLost)
                #expect(connection.failure("SELECT 1")?.kind == .lost)
            }
        }

        @Test("a session that is ended is seen at once", arguments: [true, false])
        func aKill(inTransaction: Bool) throws {
            let (connection, other) = try twoRows()
            if inTransaction {
                try connection.begin()
                try connection.run("UPDATE one SET x = 7")
            }
            #expect(!connection.isLost)
            let process = try connection.one("SELECT pg_backend_pid()")
            #expect(try other.one("SELECT pg_terminate_backend(?1, 10000)", SQLValue(process)) == "1")
            if inTransaction {
                let error = connection.failure("COMMIT")
                #expect(error?.kind == .lost)
                #expect(error?.code == "57P01")
            } else {
                #expect(connection.isLost)
                #expect(connection.failure("SELECT 1")?.kind == .lost)
            }
            #expect(connection.isLost)
            #expect(try other.one("SELECT sum(x) FROM one") == "0")
        }

        @Test("a session that is ended in the middle of a statement says so")
        func aKillMeanwhile() throws {
            nonisolated(unsafe) let connection = try database.connect()
            let other = try database.connect()
            let process = try connection.one("SELECT pg_backend_pid()")
            nonisolated(unsafe) var error: ServerError?
            let isDone = DispatchSemaphore(value: 0)
            DispatchQueue(label: "sleeper").async {
                error = connection.failure("SELECT pg_sleep(20)")
                isDone.signal()
            }
            let isAtWork = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = ?1 AND query LIKE '%pg_sleep%'"
            while try other.one(isAtWork, SQLValue(process)) != "1" { pause(20) }
            try other.run("SELECT pg_terminate_backend(?1)", SQLValue(process))
            isDone.wait()
            #expect(error?.kind == .lost)
            #expect(error?.code == "57P01")
        }

        @Test("a transaction that its client leaves open is ended by the server")
        func anIdleTransaction() throws {
            let (connection, other) = try twoRows { $0.idleInTransaction = .milliseconds(200) }
            let process = try connection.one("SELECT pg_backend_pid()")
            try connection.begin()
            let isThere = "SELECT 1 FROM pg_stat_activity WHERE pid = ?1"
            let end = ContinuousClock.now + patience
            while ContinuousClock.now < end, try other.one(isThere, SQLValue(process)) != nil { pause(20) }
            let error = connection.failure("SELECT 1")
            #expect(error?.kind == .lost)
            #expect(error?.code == "25P03")
        }

        @Test("who may not come in is told so")
        func whoMayNotComeIn() throws {
            func failure(_ adjust: (inout ServerAddress) -> Void) -> ServerError? {
                var address = database.address
                adjust(&address)
                return serverFailure { _ = try PostgreSQLConnection(address, ServerLimits()) }
            }
            let wrong = failure { $0.password = Secret("wrong") }
            #expect(wrong?.kind == .refused)
            #expect(wrong?.code == "28P01")
            #expect(wrong?.message == "password authentication failed for user \"tester\"")
            #expect(failure { $0.database = "nowhere" }?.code == "3D000")
            #expect(failure { $0.database = "nowhere" }?.kind == .refused)
            #expect(failure { $0.user = "nobody" }?.kind == .refused)
            #expect(failure { $0.port = 1 }?.kind == .lost)
            #expect(failure { $0.host = "192.0.2.1.invalid" }?.kind == .lost)
            try database.connectAsAdmin().run("REVOKE CONNECT ON DATABASE \(database.name) FROM PUBLIC")
            let role = TestRole(in: database)
            #expect(serverFailure { _ = try role.connect() }?.kind == .refused)
        }

        @Test("as many connections as the role may have")
        func tooManyConnections() throws {
            let role = TestRole(in: database, "CONNECTION LIMIT 1")
            let first = try role.connect()
            let error = serverFailure { _ = try role.connect() }
            #expect(error?.kind == .tooMany)
            #expect(error?.code == "53300")
            first.close()
        }

        @Test("a server that takes no writes")
        func readOnly() throws {
            let (connection, _) = try twoRows()
            try connection.run("ALTER DATABASE \(database.name) SET default_transaction_read_only TO on")
            let reader = try database.connect()
            try reader.begin()
            #expect(reader.failure("UPDATE one SET x = 1")?.kind == .readOnly)
        }

        @Test("the table's own rules")
        func theTablesRules() throws {
            let (connection, _) = try twoRows()
            try connection.run("CREATE TABLE other (x INT REFERENCES one, y VARCHAR(3), z SMALLINT UNIQUE)")
            try connection.run(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'not % today, call 010-1234-5678', NEW.y; END $$
                """)
            try connection.run(
                "CREATE TRIGGER refuse BEFORE UPDATE ON other FOR EACH ROW WHEN (NEW.y = 'no') EXECUTE FUNCTION refuse()"
            )
            try connection.run("INSERT INTO other VALUES (1, 'a', 1)")
            let codes = [
                ("UPDATE one SET x = 10", "23514"), ("UPDATE one SET x = NULL", "23502"), ("DELETE FROM one", "23503"),
                ("INSERT INTO other VALUES (3, 'a', 2)", "23503"), ("INSERT INTO other VALUES (1, 'a', 1)", "23505"),
                ("UPDATE other SET y = 'abcd'", "22001"), ("UPDATE other SET z = 70000", "22003"),
                ("UPDATE other SET y = 'no'", "P0001"),
            ]
            for (statement, code) in codes {
                let error = connection.failure(statement)
                #expect(error?.kind == .rejected, "\(statement)")
                #expect(error?.code == code)
            }
            let raised = connection.failure("UPDATE other SET y = 'no'")
            #expect(raised?.message.hasPrefix("not no today, call ") == true)
            #expect(raised?.message.contains("1234") == false)
            #expect(connection.failure("UPDATE one SET x = 10")?.message.contains("Failing row") == false)
        }

        @Test("what is missing, and what is forbidden")
        func whatIsMissing() throws {
            let (connection, _) = try twoRows()
            #expect(connection.failure("SELECT y FROM one")?.kind == .schema)
            #expect(connection.failure("SELECT * FROM nothing")?.kind == .schema)
            #expect(connection.failure("SELECT * FROM nowhere.one")?.kind == .schema)
            #expect(connection.failure("SELECT x = 'a'::text FROM one")?.kind == .schema)
            let role = TestRole(in: database)
            #expect(try role.connect().failure("SELECT * FROM one")?.kind == .forbidden)
        }
    }
#endif

#if MySQL
    import Dispatch
    import FoundationEssentials
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Support
    import Testing

    /// A server that `Tests/servers/run.py` has started.
    enum MySQLTestServer: String {
        /// For all tests, beside each other.
        case shared = "TEST_MYSQL"
        /// For one test, which may stop it.
        case spare = "TEST_MYSQL_SPARE"

        static var isStarted: Bool { Self.shared.variable("_URL") != nil }

        private func variable(_ suffix: String) -> String? { getenv(rawValue + suffix).map { String(cString: $0) } }

        var process: Int32? { variable("_PID").flatMap { Int32($0) } }

        /// Returns when every thread of it stands still: the signal stops one of them, and that one the others when it gets to
        /// run.
        func freeze() throws {
            let process = try #require(process)
            try #require(kill(process, SIGSTOP) == 0)
            let tasks = "/proc/\(process)/task"
            for _ in 0..<1000 {
                let states = try FileManager.default.contentsOfDirectory(atPath: tasks).map { task in
                    try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8).split(separator: ")").last?
                        .first {
                            $0 != " "
                        }
                }
                if states.allSatisfy({ $0 == "T" }) { return }
                usleep(10_000)
            }
            Issue.record("the server does not stand still")
        }

        func thaw() throws { try #require(kill(#require(process), SIGCONT) == 0) }

        /// - Parameter prefix: `_ADMIN` for the account that may do everything.
        func address(_ prefix: String = "", database: String? = nil) throws -> ServerAddress {
            let url = try #require(variable("\(prefix)_URL"))
            let parts = url.split { ":/@".contains($0) }.map(String.init)
            return ServerAddress(
                scheme: .mysql, user: parts[1], host: parts[2], port: Int(parts[3]), database: database ?? parts[4],
                password: variable("\(prefix)_PASSWORD").map { Secret($0) })
        }
    }

    extension Trait where Self == ConditionTrait {
        static var onMySQL: Self { .enabled(if: MySQLTestServer.isStarted, "Tests/servers/run.py starts a server") }
    }

    /// A database of a test's own, made and dropped by the server's administrator.
    final class MySQLFixture {
        let server: MySQLTestServer
        let name = "test_" + UUID().uuidString.split(separator: "-")[0].lowercased() + "_\(getpid())"
        let admin: MySQLConnection
        private var accounts: [String] = []

        init(_ server: MySQLTestServer = .shared) throws {
            self.server = server
            // Those of all tests wait for each other where accounts and databases are made, for the disk may be slow.
            admin = try MySQLConnection(
                server.address("_ADMIN"), ServerLimits(connect: patience, answer: patience, lock: .seconds(60)))
            try admin.run("CREATE DATABASE \(name) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
            try admin.run("GRANT ALL PRIVILEGES ON \(name).* TO tester@'127.0.0.1'")
            try admin.run("USE \(name)")
        }

        deinit {
            do {
                try admin.run("DROP DATABASE \(name)")
                try admin.run("REVOKE ALL PRIVILEGES ON \(name).* FROM tester@'127.0.0.1'")
                for account in accounts { try admin.run("DROP USER \(account)") }
            } catch {
                // The server of a test that stops it has taken all with it.
            }
        }

        var address: ServerAddress { get throws { try server.address(database: name) } }

        func connect(_ limits: ServerLimits = ServerLimits(connect: patience)) throws -> MySQLConnection {
            try MySQLConnection(address, limits)
        }

        /// - Parameter grants: what follows GRANT, up to TO.
        func account(_ grants: String..., options: String = "") throws -> ServerAddress {
            var address = try address
            address.user = "u\(accounts.count)_" + name.dropFirst(5).prefix(20)
            address.password = Secret("a password")
            accounts.append("\(address.user)@'127.0.0.1'")
            try admin.run("CREATE USER \(accounts[accounts.count - 1]) IDENTIFIED BY 'a password' \(options)")
            for grant in grants { try admin.run("GRANT \(grant) TO \(accounts[accounts.count - 1])") }
            return address
        }

        /// Ends it, from the server's side.
        func kill(_ connection: MySQLConnection) throws {
            try admin.run("KILL \(connection.rows("SELECT CONNECTION_ID()")[0][0])")
        }
    }

    extension ServerConnection {
        /// - Returns: how many rows were met.
        @discardableResult
        func run(_ sql: String, _ values: SQLValue...) throws(ServerError) -> Int { try query(sql, values).changed }

        func rows(_ sql: String, _ values: SQLValue...) throws(ServerError) -> [[String]] {
            try query(sql, values).rows
        }

        /// What went wrong; nil where nothing did.
        func failure(_ sql: String, _ values: SQLValue...) -> ServerError? {
            do {
                _ = try query(sql, values)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Waits, in real time, until the condition holds, or `patience` is at its end.
    func eventually(_ condition: () -> Bool) -> Bool {
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            if condition() { return true }
            usleep(5000)
        }
        return condition()
    }

    /// Runs it on another thread.
    /// - Returns: what waits for its end and gives its result.
    func beside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) -> () throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let box = ResultBox<Value>()
        DispatchQueue(label: "beside").async {
            box.result = Result { try body() }
            done.signal()
        }
        return {
            done.wait()
            return try #require(box.result).get()
        }
    }

    /// Written before the semaphore is signalled, and read after it.
    private final class ResultBox<Value: Sendable>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }
#endif

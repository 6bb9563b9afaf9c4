#if PostgreSQL
    import Glibc
    @testable import Ledger
    import Reconciliation
    import Testing

    /// A server of the test's own, which is stopped.
    @Suite(.enabled(if: TestPostgreSQL.isThere), .serialized) struct PostgreSQLRestartTests {
        @Test("a server that is stopped, and comes again", arguments: ["fast", "immediate"])
        func aServerThatIsStopped(_ how: String) throws {
            let server = try StoppableServer()
            let idle = try PostgreSQLConnection(server.address, ServerLimits())
            let writing = try PostgreSQLConnection(server.address, ServerLimits())
            try writing.run("CREATE TABLE one (x INT)")
            try writing.begin()
            try writing.run("INSERT INTO one VALUES (1)")
            server.tell("stop \(how)")
            #expect(writing.failure("COMMIT")?.kind == .lost)
            #expect(idle.isLost)
            #expect(idle.failure("SELECT 1")?.kind == .lost)
            #expect(serverFailure { _ = try PostgreSQLConnection(server.address, ServerLimits()) }?.kind == .lost)
            server.tell("start")
            let again = try PostgreSQLConnection(server.address, ServerLimits())
            #expect(try again.one("SELECT count(*) FROM one") == "0")
        }
    }

    /// Tests/servers/postgresql.py in a process of its own; ended with the value, or with this process.
    private final class StoppableServer {
        let address: ServerAddress
        private let process: pid_t
        private let input: Int32
        private let output: Int32

        init() throws {
            let folder = #filePath.prefix { $0 != "\0" }.split(separator: "/").dropLast(3).joined(separator: "/")
            let script = "/\(folder)/servers/postgresql.py"
            var inputs: [Int32] = [0, 0]
            var outputs: [Int32] = [0, 0]
            try #require(pipe(&inputs) == 0 && pipe(&outputs) == 0)
            // Not inherited by the servers of other tests, or these would keep this one's input open.
            for end in inputs + outputs { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, inputs[0], 0)
            posix_spawn_file_actions_adddup2(&actions, outputs[1], 1)
            let arguments: [String] = ["python3", script]
            var argv = arguments.map { strdup($0) } + [nil]
            defer { for argument in argv { free(argument) } }
            var id: pid_t = 0
            let error = posix_spawnp(&id, "python3", &actions, nil, &argv, environ)
            try #require(error == 0)
            close(inputs[0])
            close(outputs[1])
            (process, input, output) = (id, inputs[1], outputs[0])
            // {"TEST_POSTGRESQL_URL": "…", "TEST_POSTGRESQL_PASSWORD": "…", …}
            let texts = Self.line(output).split(separator: "\"").map(String.init)
            func value(_ name: String) throws -> String {
                let place = try #require(texts.firstIndex(of: name))
                return try #require(texts.indices.contains(place + 2) ? texts[place + 2] : nil)
            }
            address = TestPostgreSQL.address(
                try value("TEST_POSTGRESQL_URL"), password: try value("TEST_POSTGRESQL_PASSWORD"))
        }

        deinit {
            // Its input may have been inherited by a program that another test started at that moment: the end is said, too.
            signal(SIGPIPE, SIG_IGN)
            _ = write(input, "end\n", 4)
            close(input)
            waitpid(process, nil, 0)
            close(output)
        }

        /// Until it is done.
        func tell(_ command: String) {
            _ = "\(command)\n".withCString { write(input, $0, strlen($0)) }
            _ = Self.line(output)
        }

        private static func line(_ descriptor: Int32) -> String {
            var bytes: [UInt8] = []
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
#endif

import Glibc

/// server.py in a process of its own, on a free port of loopback; ended with the value, or with this process.
final class TestServer: Sendable {
    /// For tests that do not count connections.
    static let shared = TestServer()

    let port: Int
    private let process: pid_t
    /// The server's standard input: when it ends the server ends.
    private let input: Int32

    /// - Parameter folder: where to make a certificate, for TLS.
    init(tlsIn folder: String? = nil) {
        let script = String(#filePath.prefix { $0 != "\0" }.dropLast("TestServer.swift".count)) + "server.py"
        var arguments = ["python3", script]
        if let folder { arguments += ["--tls", folder] }

        var inputs: [Int32] = [0, 0]
        var outputs: [Int32] = [0, 0]
        // Not inherited by the servers of other tests, or these would keep this one's input open.
        precondition(Self.makePipe(&inputs) && Self.makePipe(&outputs))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputs[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], 1)
        var argv = arguments.map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var id: pid_t = 0
        let error = posix_spawnp(&id, "python3", &actions, nil, &argv, environ)
        precondition(error == 0, "the tests need python3: \(String(cString: strerror(error)))")
        close(inputs[0])
        close(outputs[1])
        process = id
        input = inputs[1]

        var digits = ""
        var byte: UInt8 = 0
        while read(outputs[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            digits.unicodeScalars.append(Unicode.Scalar(byte))
        }
        close(outputs[0])
        guard let port = Int(digits) else { preconditionFailure("server.py did not start") }
        self.port = port
    }

    deinit {
        close(input)
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    private static func makePipe(_ ends: inout [Int32]) -> Bool {
        pipe(&ends) == 0 && ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
    }

    func url(_ path: String, scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }
}

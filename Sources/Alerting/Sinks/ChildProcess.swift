internal import CSystem
internal import Glibc

/// A program that was started, and must be waited for.
struct ChildProcess: Sendable {
    let pid: pid_t
    /// Writes to its standard input; does not block.
    let input: Int32
    /// Becomes readable when it ends; -1 where the kernel has none (before Linux 5.3).
    let pidfd: Int32

    /// Starts it in a process group of its own, so that what it starts can be ended with it; with standard output
    /// and error to nowhere, default signals, and no other open file.
    /// - Note: Waits until the program's file has been read; call it where that may take its time.
    static func start(_ arguments: [String], environment: [String: String]) -> Result<ChildProcess, SpawnFailure> {
        var ends: [Int32] = [-1, -1]
        // From their first moment on: who is started meanwhile must not keep the command's input open.
        guard bizgo_pipe2(&ends, O_CLOEXEC) == 0 else { return .failure(SpawnFailure(number: errno)) }
        defer { close(ends[0]) }
        var pid: pid_t = 0
        let number = spawn(&pid, arguments, environment, input: ends[0])
        guard number == 0 else {
            close(ends[1])
            return .failure(SpawnFailure(number: number))
        }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return .success(ChildProcess(pid: pid, input: ends[1], pidfd: bizgo_pidfd_open(pid)))
    }

    /// Ends it and what it has started.
    func signal(_ number: Int32) {
        kill(-pid, number)
    }

    /// Takes its exit status if it has ended; nil while it runs.
    func reap() -> CommandOutcome? {
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == 0 { return nil }
        guard result == pid else { return errno == EINTR ? nil : .lost }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
    }

    private static func spawn(
        _ pid: inout pid_t, _ arguments: [String], _ environment: [String: String], input: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        bizgo_spawn_without_descriptors(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let argv = CStringArray(arguments)
        let envp = CStringArray(environment.map { "\($0.key)=\($0.value)" })
        defer {
            argv.free()
            envp.free()
        }
        return posix_spawnp(&pid, arguments[0], &actions, &attributes, argv.pointer, envp.pointer)
    }
}

/// A list of C strings with a null at its end.
private struct CStringArray {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointer[index] = strdup(string) }
        pointer[count] = nil
    }

    func free() {
        for index in 0..<count { Glibc.free(pointer[index]) }
        pointer.deallocate()
    }
}

/// How a run of a command ended.
enum CommandOutcome: Hashable, Sendable {
    case exited(Int32)
    case killed(Int32)
    case timedOut
    /// Somebody else has taken its exit status.
    case lost
    case notStarted(SpawnFailure)
}

/// Why a program could not be started: an error number.
struct SpawnFailure: Error, Hashable, Sendable, CustomStringConvertible {
    let number: Int32

    /// Whether trying again will not help before somebody changes the file or the configuration.
    var isPermanent: Bool {
        [ENOENT, EACCES, ENOEXEC, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EPERM].contains(number)
    }

    var description: String {
        switch number {
        case ENOENT: "no such program"
        case EACCES, EPERM: "not permitted"
        case ENOEXEC: "not a program"
        case EAGAIN, ENOMEM, EMFILE, ENFILE: "out of resources (error \(number))"
        default: "error \(number)"
        }
    }
}

/// Finds a program as `posix_spawnp` does, which starts the command sinks.
package enum ProgramSearch {
    /// What the C library takes where there is no `PATH`.
    private static let defaultPath = "/bin:/usr/bin"

    /// - Parameters:
    ///   - name: with a `/` in it a path as it is, else looked up in each folder of `path`.
    ///   - path: folders separated by colons; an empty one is the current folder.
    /// - Returns: the first regular file that may be run; nil when there is none.
    package static func find(_ name: String, path: String?) -> String? {
        guard !name.isEmpty else { return nil }
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return isProgram(name) ? name : nil }
        return (path ?? defaultPath).split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "./" + name : "\($0)/\(name)" }
            .first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        // A folder "may be run", too.
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}

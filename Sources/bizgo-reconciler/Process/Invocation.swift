internal import CSystem
internal import Dispatch
internal import Engine
internal import Glibc
internal import Operations

/// From the words of the command line to an exit code.
enum Invocation {
    static func start() -> Never {
        StandardStreams.occupy()
        signal(SIGPIPE, SIG_IGN)
        bizgo_forbid_core_files()
        refuseBacktraces()
        requireDescriptors()
        let words = CommandLine.arguments.dropFirst()
        Task { @Loop in
            exit(await code(for: words).rawValue)
        }
        dispatchMain()
    }

    /// The toolchain's crash handler prints memory, secrets included, and outlives the SIGABRT of a watchdog.
    private static func refuseBacktraces() {
        for fatal in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(fatal, SIG_DFL) }
    }

    /// Before libdispatch needs some.
    private static func requireDescriptors() {
        do throws(CommandFailure) {
            try DescriptorLimit.raise()
        } catch {
            for line in error.lines { Terminal.error(line) }
            exit(error.code.rawValue)
        }
    }

    @Loop
    private static func code(for words: ArraySlice<String>) async -> ExitCode {
        do throws(CommandFailure) {
            let code = try await run(words)
            guard let failure = Terminal.failure, code == .ok else { return code }
            throw CommandFailure(.inputOutput, "cannot write to standard output: \(failure)")
        } catch {
            for line in error.lines { Terminal.error(line) }
            return error.code
        }
    }

    @Loop
    private static func run(_ words: ArraySlice<String>) async throws(CommandFailure) -> ExitCode {
        let command = try Command(words.first)
        let rest = words.dropFirst()
        guard !rest.contains("--help") else { return HelpCommand.explain(command) }
        return try await command.execute(Arguments(rest, for: command))
    }
}

internal import CSystem
internal import Dispatch
internal import Engine
internal import Glibc

/// From the words of the command line to an exit code.
enum Invocation {
    static let defaultConfiguration = "/etc/bizgo-reconciler/config.json5"

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
        guard let name = words.first else {
            throw CommandFailure(.usage, "a command is missing. Try `bizgo-reconciler help`")
        }
        let plain = ["--help": "help", "-h": "help", "--version": "version"][name] ?? name
        guard let command = CommandSpecification.named(plain) else {
            throw CommandFailure(.usage, "there is no command `\(name)`. Try `bizgo-reconciler help`")
        }
        if words.dropFirst().contains("--help") {
            try HelpCommand.run(Arguments([plain], for: CommandSpecification.named("help") ?? command))
            return .ok
        }
        let arguments = try Arguments(words.dropFirst(), for: command)
        switch plain {
        case "run": return try await RunCommand.run(arguments)
        case "once": return try await OnceCommand.run(arguments)
        case "check": return try await CheckCommand.run(arguments)
        case "status": return try await StatusCommand.run(arguments)
        case "list": try await ListCommand.run(arguments)
        case "show": return try await ShowCommand.run(arguments)
        case "explain": return try await ExplainCommand.run(arguments)
        case "requeue": return try await RequeueCommand.run(arguments)
        case "ack": return try await AckCommand.run(arguments)
        case "alert-test": return try await AlertTestCommand.run(arguments)
        case "init-db": try InitDatabaseCommand.run(arguments)
        case "report": try await ReportCommand.run(arguments)
        case "backup": try BackupCommand.run(arguments)
        case "completion": try CompletionCommand.run(arguments)
        case "demo": try await DemoCommand.run(arguments)
        case "version": VersionCommand.run()
        default: try HelpCommand.run(arguments)
        }
        return .ok
    }
}

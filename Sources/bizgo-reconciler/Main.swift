internal import CSystem
internal import Dispatch
internal import Engine
internal import Glibc
internal import HTTP
internal import Ledger
internal import Operations

/// Nothing but the call: closures written in a `main` are isolated to the main actor and trap on other queues.
@main
struct Main {
    static func main() {
        Invocation.start()
    }
}

enum Version {
    static let current = "0.1.0"
}

/// From the words of the command line to an exit code.
enum Invocation {
    /// What the service manager handed on, taken before there is a second thread.
    static let sockets = InheritedSockets.take()

    static func start() -> Never {
        _ = sockets
        StandardStreams.occupy()
        signal(SIGPIPE, SIG_IGN)
        bizgo_forbid_core_files()
        refuseBacktraces()
        requireDescriptors()
        let words = CommandLine.arguments.dropFirst()
        EventLoop.task {
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

    @EventLoop
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

    @EventLoop
    private static func run(_ words: ArraySlice<String>) async throws(CommandFailure) -> ExitCode {
        let command = try Command(words.first)
        let rest = words.dropFirst()
        guard !rest.contains("--help") else {
            command.printHelp()
            return .ok
        }
        return try await command.execute(Arguments(rest, for: command))
    }
}

@EventLoop
extension Command {
    func execute(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        switch self {
        case .run: try await RunCommand.run(arguments)
        case .once: try await OnceCommand.run(arguments)
        case .check: try await CheckCommand.run(arguments)
        case .status: try await StatusCommands.status(arguments)
        case .list: try await MessageCommands.list(arguments)
        case .show: try await MessageCommands.show(arguments)
        case .explain: try await MessageCommands.explain(arguments)
        case .requeue: try await MessageCommands.requeue(arguments)
        case .ask: try await VerificationCommands.ask(arguments)
        case .verify: try await VerificationCommands.verify(arguments)
        case .record: try await SendCommands.record(arguments)
        case .send: try await SendCommands.send(arguments)
        case .ack: try await AlertCommands.acknowledge(arguments)
        case .alertTest: try await AlertCommands.test(arguments)
        case .initDatabase: try DatabaseCommands.initialize(arguments)
        case .backup: try DatabaseCommands.backUp(arguments)
        case .report: try await StatusCommands.report(arguments)
        case .demo: try await DemoCommand.run(arguments)
        case .completion: try Self.printCompletion(arguments)
        case .version: Self.printVersions()
        case .help: try Self.printHelp(arguments)
        }
    }

    /// The list of commands, or one of them.
    private static func printHelp(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        guard let name = arguments.operands.first else {
            Terminal.output(HelpText.overview(configuration: Settings.defaultPath))
            return .ok
        }
        guard let command = Command(rawValue: name) else {
            throw CommandFailure(.usage, "help: there is no command `\(name)`. Try `bizgo-reconciler help`")
        }
        command.printHelp()
        return .ok
    }

    func printHelp() {
        Terminal.output(HelpText.of(self))
    }

    /// A script for the user's shell.
    private static func printCompletion(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let name = arguments.operands[0]
        guard let shell = Shell(rawValue: name) else {
            throw CommandFailure(.usage, "completion: unknown shell `\(name)`; it is bash, zsh or fish")
        }
        Terminal.output(shell.completion)
        return .ok
    }

    /// The versions of the program and of what it is linked with.
    private static func printVersions() -> ExitCode {
        Terminal.output("bizgo-reconciler \(Version.current)")
        Terminal.output("\(CurlTransport.libraryVersion), SQLite \(SQLLedger.libraryVersion)")
        return .ok
    }
}

internal import Engine
internal import Operations

/// The list of commands, or one of them.
@Loop
enum HelpCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        guard let name = arguments.operands.first else {
            Terminal.output(HelpText.overview(configuration: Settings.defaultPath))
            return .ok
        }
        guard let command = Command(rawValue: name) else {
            throw CommandFailure(.usage, "help: there is no command `\(name)`. Try `bizgo-reconciler help`")
        }
        return explain(command)
    }

    static func explain(_ command: Command) -> ExitCode {
        Terminal.output(HelpText.of(command))
        return .ok
    }
}

internal import Engine
internal import Operations

/// A script for the user's shell.
@Loop
enum CompletionCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let name = arguments.operands[0]
        guard let shell = Shell(rawValue: name) else {
            throw CommandFailure(.usage, "completion: unknown shell `\(name)`; it is bash, zsh or fish")
        }
        Terminal.output(shell.completion)
        return .ok
    }
}

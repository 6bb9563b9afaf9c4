internal import Engine

/// A script for the user's shell.
@Loop
enum CompletionCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) {
        let scripts = ["bash": BashCompletion.script, "zsh": ZshCompletion.script, "fish": FishCompletion.script]
        let shell = arguments.operands[0]
        guard let script = scripts[shell] else {
            throw CommandFailure(.usage, "completion: unknown shell `\(shell)`; it is bash, zsh or fish")
        }
        Terminal.output(script)
    }
}

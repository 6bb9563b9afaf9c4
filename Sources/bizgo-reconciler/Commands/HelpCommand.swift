internal import Engine
@Loop
enum HelpCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) {
        guard let name = arguments.operands.first else {
            Terminal.output(overview)
            return
        }
        guard let command = CommandSpecification.named(name) else {
            throw CommandFailure(.usage, "help: there is no command `\(name)`. Try `bizgo-reconciler help`")
        }
        Terminal.output("bizgo-reconciler \(command.name) \(command.synopsis)\n\n\(command.purpose)")
        if !command.details.isEmpty { Terminal.output("\n" + command.details) }
    }

    private static var overview: String {
        let width = CommandSpecification.all.map(\.name.count).max() ?? 0
        let list = CommandSpecification.all.map { command in
            "  " + command.name + String(repeating: " ", count: width - command.name.count + 3) + command.purpose
        }
        return """
            bizgo-reconciler COMMAND [--config FILE]

            Settles AlimTalk messages whose delivery report never came, and tells ops.

            \(list.joined(separator: "\n"))

            The configuration is \(Invocation.defaultConfiguration) unless --config names another.
            `bizgo-reconciler help COMMAND` says more. Errors go to stderr, one line.
            """
    }
}

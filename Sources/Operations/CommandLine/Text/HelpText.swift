/// What `help` prints.
package enum HelpText {
    /// - Parameter configuration: the file that is read unless another is named.
    package static func overview(configuration: String) -> String {
        let width = Command.allCases.map(\.rawValue.count).max() ?? 0
        let list = Command.allCases.map { command in
            let gap = String(repeating: " ", count: width - command.rawValue.count + 3)
            return "  " + command.rawValue + gap + command.specification.purpose
        }
        return """
            bizgo-reconciler COMMAND [--config FILE]

            Settles AlimTalk messages whose delivery report never came, and tells ops.

            \(list.joined(separator: "\n"))

            The configuration is \(configuration) unless --config names another.
            `bizgo-reconciler help COMMAND` says more. Errors go to stderr, one line.
            """
    }

    package static func of(_ command: Command) -> String {
        let specification = command.specification
        let head = "bizgo-reconciler \(command.rawValue) \(specification.synopsis)\n\n\(specification.purpose)"
        return command.details.isEmpty ? head : head + "\n\n" + command.details
    }
}

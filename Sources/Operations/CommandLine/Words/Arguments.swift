/// A command's words, taken apart by what the command says it takes.
package struct Arguments: Sendable {
    package let command: Command
    /// The words that are no options.
    package private(set) var operands: [String] = []
    /// A flag's value is empty.
    private var options: [CommandOption: String] = [:]

    /// - Parameter words: those after the command's name.
    /// - Throws: exit 64 for an option the command does not have, a missing value, or too many or too few operands.
    package init(_ words: ArraySlice<String>, for command: Command) throws(CommandFailure) {
        self.command = command
        var rest = words
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !word.hasPrefix("-") || word == "-" {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try take(option: word, from: &rest)
            }
        }
        try countOperands()
    }

    package func has(_ flag: CommandOption) -> Bool { options[flag] != nil }

    /// An option's value; nil where it is not given.
    package subscript(option: CommandOption) -> String? { options[option] }

    private mutating func take(option word: String, from rest: inout ArraySlice<String>) throws(CommandFailure) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard word.hasPrefix("--"), let option = command.specification.options.first(where: { $0.name == parts[0] })
        else { throw CommandFailure(command, "unknown option `\(word)`") }
        guard options[option] == nil else { throw CommandFailure(command, "`--\(option.name)` is given twice") }
        guard let placeholder = option.placeholder else {
            guard parts.count == 1 else { throw CommandFailure(command, "`--\(option.name)` takes no value") }
            options[option] = ""
            return
        }
        let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
        // An empty one is a shell's variable that was not set, and would mean "any".
        guard let value, !value.isEmpty else {
            throw CommandFailure(command, "`--\(option.name)` wants a value: --\(option.name) \(placeholder)")
        }
        options[option] = value
    }

    private func countOperands() throws(CommandFailure) {
        let allowed = command.specification.operands
        guard operands.count <= allowed.upperBound else {
            throw CommandFailure(command, "unexpected `\(operands[allowed.upperBound])`")
        }
        guard operands.count >= allowed.lowerBound else {
            throw CommandFailure(command, "\(command.specification.synopsis) wants more words")
        }
    }
}

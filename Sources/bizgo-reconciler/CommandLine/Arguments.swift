/// A command's words, taken apart by what the command says it takes.
struct Arguments {
    /// Option without dashes → value; a flag's value is empty.
    private(set) var options: [String: String] = [:]
    private(set) var operands: [String] = []

    /// - Throws: exit 64 for an option the command does not have, a missing value, or too many operands.
    init(_ words: ArraySlice<String>, for command: CommandSpecification) throws(CommandFailure) {
        var rest = words
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !word.hasPrefix("-") || word == "-" {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try take(option: word, from: &rest, for: command)
            }
        }
        guard operands.count <= command.operands.upperBound else {
            throw Self.usage(command, "unexpected `\(operands[command.operands.upperBound])`")
        }
        guard operands.count >= command.operands.lowerBound else {
            throw Self.usage(command, "\(command.synopsis) wants more words")
        }
    }

    func has(_ flag: String) -> Bool { options[flag] != nil }

    subscript(option: String) -> String? { options[option] }

    private mutating func take(
        option word: String, from rest: inout ArraySlice<String>, for command: CommandSpecification
    ) throws(CommandFailure) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard word.hasPrefix("--"), let kind = command.options[name] else {
            throw Self.usage(command, "unknown option `\(word)`")
        }
        guard options[name] == nil else { throw Self.usage(command, "`--\(name)` is given twice") }
        switch kind {
        case .flag:
            guard parts.count == 1 else { throw Self.usage(command, "`--\(name)` takes no value") }
            options[name] = ""
        case .value(let placeholder):
            let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
            // An empty one is a shell's variable that was not set, and would mean "any".
            guard let value, !value.isEmpty else {
                throw Self.usage(command, "`--\(name)` wants a value: --\(name) \(placeholder)")
            }
            options[name] = value
        }
    }

    static func usage(_ command: CommandSpecification, _ problem: String) -> CommandFailure {
        CommandFailure(.usage, "\(command.name): \(problem). Try `bizgo-reconciler help \(command.name)`")
    }
}

/// What a command takes.
struct CommandSpecification: Sendable {
    enum Option: Sendable {
        case flag
        case value(String)
    }

    var name: String
    /// The words after the name, as `help` shows them.
    var synopsis: String
    /// One line for the list of commands.
    var purpose: String
    /// What `help NAME` says below the synopsis.
    var details: String
    var options: [String: Option]
    var operands: ClosedRange<Int> = 0...0
}

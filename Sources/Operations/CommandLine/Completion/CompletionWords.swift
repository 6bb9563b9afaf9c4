internal import Reconciliation

/// What may follow on the command line, known from what the commands say of themselves.
enum CompletionWords: Hashable {
    case none
    case file
    case words([String])

    /// Of an option's value, by the placeholder that `help` shows.
    init(placeholder: String) {
        switch placeholder {
        case "FILE": self = .file
        case "R": self = .words(DeadLetterReason.allCases.map(\.rawValue))
        case "S": self = .words(["pending", "sent", "dead_letter"])
        default: self = .none
        }
    }

    /// Of a command's own words, by how its synopsis begins.
    init(operandsOf command: Command) {
        let specification = command.specification
        let first = specification.synopsis.prefix { $0 != " " }.filter { $0 != "[" && $0 != "]" }
        guard specification.operands.upperBound > 0 else {
            self = .none
            return
        }
        switch first {
        case "COMMAND": self = .words(Command.allCases.map(\.rawValue))
        case _ where first.contains("|"): self = .words(first.split(separator: "|").map(String.init))
        default: self.init(placeholder: first)
        }
    }
}

extension Command {
    /// `--config`, …, sorted, with what follows each; nil for a flag.
    var completedOptions: [(name: String, value: CompletionWords?)] {
        specification.options.sorted { $0.name < $1.name }.map { option in
            ("--\(option.name)", option.placeholder.map { CompletionWords(placeholder: $0) })
        }
    }
}

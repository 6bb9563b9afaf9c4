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
    init(operandsOf command: CommandSpecification) {
        let first = command.synopsis.prefix { $0 != " " }.filter { $0 != "[" && $0 != "]" }
        guard command.operands.upperBound > 0 else {
            self = .none
            return
        }
        switch first {
        case "COMMAND": self = .words(CommandSpecification.all.map(\.name))
        case _ where first.contains("|"): self = .words(first.split(separator: "|").map(String.init))
        default: self.init(placeholder: first)
        }
    }
}

extension CommandSpecification {
    /// `--config`, …, sorted, with what follows each; nil for a flag.
    var completedOptions: [(name: String, value: CompletionWords?)] {
        options.sorted { $0.key < $1.key }.map { name, kind in
            switch kind {
            case .flag: ("--\(name)", nil)
            case .value(let placeholder): ("--\(name)", CompletionWords(placeholder: placeholder))
            }
        }
    }
}

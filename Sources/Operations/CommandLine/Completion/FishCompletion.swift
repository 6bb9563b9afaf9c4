/// For fish 3 and newer.
enum FishCompletion {
    static var script: String {
        let names = Command.allCases.map(\.rawValue).joined(separator: " ")
        let commands = Command.allCases.map { command in
            "complete -c bizgo-reconciler -n 'not __fish_seen_subcommand_from \(names)' -a \(command.rawValue)"
                + " -d \(quoted(command.specification.purpose))"
        }
        let rest = Command.allCases.flatMap(lines)
        return (["# fish completion of bizgo-reconciler", "complete -c bizgo-reconciler -f"] + commands + rest)
            .joined(separator: "\n")
    }

    private static func lines(of command: Command) -> [String] {
        let start = "complete -c bizgo-reconciler -n '__fish_seen_subcommand_from \(command.rawValue)'"
        var lines = command.completedOptions.map { option in
            "\(start) -l \(option.name.dropFirst(2))"
                + (option.value.map { ($0 == .file ? " -r" : " -x") + argument($0) } ?? "")
        }
        let operands = CompletionWords(operandsOf: command)
        if operands != .none { lines.append(start + argument(operands)) }
        return lines
    }

    private static func argument(_ words: CompletionWords) -> String {
        switch words {
        case .none: ""
        case .file: " -F"
        case .words(let words): " -a \(quoted(words.joined(separator: " ")))"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"\'"#) + "'"
    }
}

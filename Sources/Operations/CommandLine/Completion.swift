internal import Reconciliation

/// The shells that commands and options can be completed in.
package enum Shell: String, CaseIterable, Sendable {
    case bash
    case zsh
    case fish

    /// What the shell is to source.
    package var completion: String {
        switch self {
        case .bash: BashCompletion.script
        case .zsh: ZshCompletion.script
        case .fish: FishCompletion.script
        }
    }
}

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

/// For bash 4 and newer; wants nothing of the bash-completion package.
enum BashCompletion {
    static var script: String {
        let names = Command.allCases.map(\.rawValue).joined(separator: " ")
        let cases = Command.allCases.map(caseOf).joined(separator: "\n")
        return #"""
            # bash completion of bizgo-reconciler
            _bizgo_reconciler() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options='' words='' files=''
                COMPREPLY=()
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "\#(names)" -- "$word"))
                    return
                fi
                case ${COMP_WORDS[1]} in
            \#(cases)
                esac
                case $word in
                -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                *)
                    if [ -n "$files" ]; then
                        compopt -o filenames 2>/dev/null
                        local IFS=$'\n'
                        COMPREPLY=($(compgen -f -- "$word"))
                    else
                        COMPREPLY=($(compgen -W "$words" -- "$word"))
                    fi
                    ;;
                esac
            }
            complete -F _bizgo_reconciler bizgo-reconciler
            """#
    }

    private static func caseOf(_ command: Command) -> String {
        let options = command.completedOptions
        let values = options.compactMap { option in option.value.map { "        \(option.name)) \(setting($0)) ;;" } }
        return """
                \(command.rawValue))
                    options="\(options.map(\.name).joined(separator: " "))"
                    case $before in
            \(values.joined(separator: "\n"))
                    *) \(setting(CompletionWords(operandsOf: command))) ;;
                    esac
                    ;;
            """
    }

    private static func setting(_ words: CompletionWords) -> String {
        switch words {
        case .none: ":"
        case .file: "files=1"
        case .words(let words): "words=\"\(words.joined(separator: " "))\""
        }
    }
}

/// For a file `_bizgo-reconciler` in a folder of `$fpath`.
enum ZshCompletion {
    static var script: String {
        let commands = Command.allCases.map { "        \(quoted("\($0.rawValue):\($0.specification.purpose)"))" }
        let cases = Command.allCases.map(caseOf)
        return #"""
            #compdef bizgo-reconciler
            _bizgo-reconciler() {
                local -a commands
                commands=(
            \#(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                local command=$words[2]
                shift words
                (( CURRENT-- ))
                case $command in
            \#(cases.joined(separator: "\n"))
                esac
            }
            if [ "$funcstack[1]" = _bizgo-reconciler ]; then
                _bizgo-reconciler "$@"
            else
                compdef _bizgo-reconciler bizgo-reconciler
            fi
            """#
    }

    private static func caseOf(_ command: Command) -> String {
        var specifications = command.completedOptions.map { option in
            quoted(option.name + (option.value.map { ":value:\(action($0))" } ?? ""))
        }
        let operands = CompletionWords(operandsOf: command)
        if operands != .none { specifications.append(quoted("*:value:\(action(operands))")) }
        let list = specifications.isEmpty ? ":" : "_arguments " + specifications.joined(separator: " ")
        return "    \(command.rawValue)) \(list) ;;"
    }

    private static func action(_ words: CompletionWords) -> String {
        switch words {
        case .none: " "
        case .file: "_files"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

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

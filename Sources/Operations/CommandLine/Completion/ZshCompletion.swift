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

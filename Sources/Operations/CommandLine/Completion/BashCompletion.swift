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

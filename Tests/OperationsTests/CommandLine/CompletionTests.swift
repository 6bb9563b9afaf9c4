import Testing

@testable import Operations

@Suite struct CompletionWordsTests {
    @Test("what follows an option is known from what help shows for it")
    func placeholders() {
        #expect(CompletionWords(placeholder: "FILE") == .file)
        #expect(CompletionWords(placeholder: "S") == .words(["pending", "sent", "dead_letter"]))
        #expect(CompletionWords(placeholder: "R") == .words(["reported", "stale", "uncertain", "unverifiable"]))
        #expect(CompletionWords(placeholder: "N") == .none)
    }

    @Test("a command's own words are known from its synopsis")
    func operands() {
        #expect(CompletionWords(operandsOf: .help) == .words(Command.allCases.map(\.rawValue)))
        #expect(CompletionWords(operandsOf: .completion) == .words(Shell.allCases.map(\.rawValue)))
        #expect(CompletionWords(operandsOf: .backup) == .file)
        #expect(CompletionWords(operandsOf: .show) == .none, "nobody knows message keys by heart")
        #expect(CompletionWords(operandsOf: .run) == .none)
    }

    @Test("options come sorted, with what follows each; a flag with nothing")
    func options() {
        let options = Command.list.completedOptions
        #expect(
            options.map(\.name) == [
                "--config", "--json", "--limit", "--reason", "--service-type", "--since", "--status", "--until",
            ])
        #expect(options.map(\.value?.isNone) == [false, nil, true, false, true, true, false, true])
    }
}

extension CompletionWords {
    fileprivate var isNone: Bool { self == .none }
}

/// `Tests/deploy` asks the shells themselves; what their scripts are made of is known here, without the shells.
@Suite struct ShellTests {
    @Test("every shell is told of every command", arguments: Shell.allCases)
    func commands(_ shell: Shell) {
        let lines = shell.completion.split(separator: "\n")
        for command in Command.allCases {
            let name = command.rawValue
            let isTold = lines.contains { line in
                switch shell {
                case .bash: line == "    \(name))"
                case .zsh: line == "        '\(name):\(command.specification.purpose)'"
                case .fish: line.hasSuffix(" -a \(name) -d '\(command.specification.purpose)'")
                }
            }
            #expect(isTold, "\(shell) \(name)")
        }
    }

    @Test("bash: the options of a command, and what follows each")
    func bash() {
        let start = Shell.bash.completion.firstRange(of: "    backup)\n")!.lowerBound
        #expect(
            Shell.bash.completion[start...].hasPrefix(
                """
                    backup)
                        options="--config"
                        case $before in
                        --config) files=1 ;;
                        *) files=1 ;;
                        esac
                        ;;
                """))
        #expect(Shell.bash.completion.contains(#"--status) words="pending sent dead_letter" ;;"#))
    }

    @Test("zsh: the options of a command, and what follows each")
    func zsh() {
        let script = Shell.zsh.completion
        #expect(script.contains("    backup) _arguments '--config:value:_files' '*:value:_files' ;;\n"))
        #expect(script.contains("    status) _arguments '--check' '--config:value:_files' '--json' ;;\n"))
        #expect(script.contains("    version) : ;;\n"))
        #expect(script.contains("'--limit:value: '"))
        #expect(script.contains("'*:value:(bash zsh fish)'"))
    }

    @Test("fish: the options of a command, and what follows each")
    func fish() {
        let start = "complete -c bizgo-reconciler -n '__fish_seen_subcommand_from"
        let lines = Shell.fish.completion.split(separator: "\n").map(String.init)
        #expect(lines.contains("\(start) run' -l config -r -F"))
        #expect(lines.contains("\(start) list' -l limit -x"))
        #expect(lines.contains("\(start) list' -l json"))
        #expect(lines.contains("\(start) list' -l status -x -a 'pending sent dead_letter'"))
        #expect(lines.contains("\(start) backup' -F"))
        #expect(lines.contains("\(start) completion' -a 'bash zsh fish'"))
    }
}

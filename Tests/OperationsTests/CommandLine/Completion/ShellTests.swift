import Testing

@testable import Operations

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

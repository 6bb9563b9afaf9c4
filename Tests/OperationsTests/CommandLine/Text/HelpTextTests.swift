import Testing

@testable import Operations

@Suite struct HelpTextTests {
    @Test("the list has every command with its purpose, aligned, and the file that is read")
    func overview() {
        let text = HelpText.overview(configuration: "/etc/x.json5")
        #expect(text.contains("\n  run          the daemon: a cycle every reconcile.interval\n"))
        #expect(text.contains("\n  alert-test   sends a test to one alert sink, or to all\n"))
        #expect(text.contains("\nThe configuration is /etc/x.json5 unless --config names another.\n"))
        for command in Command.allCases {
            #expect(text.contains("\n  \(command.rawValue) "))
            #expect(text.contains("   \(command.specification.purpose)\n"))
        }
    }

    @Test("one command: synopsis, purpose, and what there is to say of it")
    func command() {
        #expect(
            HelpText.of(.show) == """
                bizgo-reconciler show MSGKEY [--json] [--config FILE]

                one message: row, attempts, next attempt, timeline

                Exit: 0; 1 there is no such message.
                """)
        #expect(
            HelpText.of(.version) == """
                bizgo-reconciler version\u{20}

                the version, and those of libcurl and SQLite
                """)
    }

    @Test("no line is longer than a narrow terminal of today", arguments: Command.allCases)
    func width(_ command: Command) {
        for line in HelpText.of(command).split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
    }
}

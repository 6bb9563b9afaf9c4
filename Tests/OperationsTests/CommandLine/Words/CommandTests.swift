import Testing

@testable import Operations

@Suite struct CommandTests {
    @Test("a command is known by its name, help and version also as options")
    func names() throws {
        for command in Command.allCases { #expect(try Command(command.rawValue) == command) }
        #expect(try Command("--help") == .help && Command("-h") == .help && Command("--version") == .version)
    }

    @Test("no command and one there is not are usage errors that say where to look")
    func unknown() {
        let none = failure { () throws(CommandFailure) in _ = try Command(nil) }
        #expect(none == CommandFailure(.usage, "a command is missing. Try `bizgo-reconciler help`"))
        let other = failure { () throws(CommandFailure) in _ = try Command("RUN") }
        #expect(other == CommandFailure(.usage, "there is no command `RUN`. Try `bizgo-reconciler help`"))
    }

    @Test("a synopsis shows every option the command takes, with its value, and no other", arguments: Command.allCases)
    func synopsis(_ command: Command) {
        let specification = command.specification
        let shown = specification.synopsis.split(whereSeparator: { " []|".contains($0) }).map(String.init)
        let options = shown.filter { $0.hasPrefix("--") }
        #expect(Set(options) == Set(specification.options.map { "--\($0.name)" }))
        #expect(options.count == specification.options.count)
        for option in specification.options {
            guard let placeholder = option.placeholder else { continue }
            #expect(specification.synopsis.contains("--\(option.name) \(placeholder)"))
        }
    }

    @Test("a command that takes words says in its synopsis which", arguments: Command.allCases)
    func operands(_ command: Command) {
        let synopsis = command.specification.synopsis
        let startsWithOptions = synopsis.isEmpty || synopsis.hasPrefix("[--") || synopsis.hasPrefix("--")
        #expect(startsWithOptions == (command.specification.operands.upperBound == 0))
        #expect((command.specification.operands.lowerBound == 0) == (startsWithOptions || isOptional(synopsis)))
    }

    /// `[SINK]`, or one of two ways to say it.
    private func isOptional(_ synopsis: String) -> Bool { synopsis.hasPrefix("[") || synopsis.contains(" | ") }
}

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
        #expect(options.map(\.name) == ["--config", "--json", "--limit", "--reason", "--status"])
        #expect(options.map(\.value?.isNone) == [false, nil, true, false, false])
    }
}

extension CompletionWords {
    fileprivate var isNone: Bool { self == .none }
}

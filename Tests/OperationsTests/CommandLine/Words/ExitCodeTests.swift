import Engine
import Testing

@testable import Operations

@Suite struct ExitCodeTests {
    @Test(
        "a store that cannot be worked on ends a command as the contract says",
        arguments: [
            (LedgerError.Kind.busy, ExitCode.tryLater), (.full, .inputOutput), (.damaged, .inputOutput),
            (.readOnly, .configuration), (.unusable, .configuration), (.newerSchema, .configuration),
            (.unexpected, .software),
        ])
    func store(_ kind: LedgerError.Kind, _ code: ExitCode) {
        #expect(CommandFailure(LedgerError(kind, "why")) == CommandFailure(code, "why"))
    }
}

internal import Console
internal import Engine
internal import Ledger

/// Messages for people and scripts.
@Loop
enum ListCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let status = try arguments.status()
        let reason = try arguments.reason()
        let limit = try arguments.limit()
        let messages = try await LedgerDoor.with(try Setup.settings(arguments), .readOnly) {
            ledger throws(LedgerError) in
            try await ledger.list(status: status, reason: reason, limit: limit)
        }
        if arguments.has(.json) {
            Terminal.output(MessageText.json(messages).text)
        } else {
            for line in MessageText.lines(messages) { Terminal.output(line) }
        }
        return .ok
    }
}

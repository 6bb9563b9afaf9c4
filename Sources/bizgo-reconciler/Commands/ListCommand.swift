internal import Engine
internal import Ledger
internal import Operations

/// Messages for people and scripts.
@Loop
enum ListCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let status = try arguments.status()
        let reason = try arguments.reason()
        let limit = try arguments.limit()
        let settings = try Setup.settings(arguments)
        let messages = try await LedgerDoor.with(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.list(status: status, reason: reason, limit: limit)
        }
        if arguments.has(.json) {
            Terminal.output(MessageText.json(messages).text)
        } else {
            for line in MessageText.lines(messages, in: settings.zone) { Terminal.output(line) }
        }
        return .ok
    }
}

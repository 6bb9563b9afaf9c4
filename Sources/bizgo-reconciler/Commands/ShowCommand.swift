internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// Everything known about one message.
@Loop
enum ShowCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let key = MessageKey(arguments.operands[0])
        let settings = try Setup.settings(arguments)
        let detail = try await LedgerDoor.with(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.message(key)
        }
        guard let detail else {
            throw CommandFailure(.negative, "show: there is no message `\(key)` in \(settings.store.table)")
        }
        if arguments.has(.json) {
            Terminal.output(StoryText.json(key, detail).text)
        } else {
            for line in StoryText.lines(key, detail, in: settings.zone) { Terminal.line(line) }
        }
        return .ok
    }
}

internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// Messages for people and scripts.
@Loop
enum ListCommand {
    private static let defaultLimit = 50

    static func run(_ arguments: Arguments) async throws(CommandFailure) {
        let status = try status(arguments)
        let reason = try reason(arguments, "list")
        let limit = try limit(arguments)
        let settings = try Setup.settings(arguments)
        let ledger = try LedgerDoor.open(settings, .readOnly)
        let messages: [StoredMessage]
        do throws(LedgerError) {
            messages = try await ledger.list(status: status, reason: reason, limit: limit)
        } catch {
            throw CommandFailure(error)
        }
        await ledger.close()
        if arguments.has("json") {
            Terminal.output(JSONDocument.array(messages.map { .object(MessageText.members($0)) }).text)
        } else {
            for line in TextTable.lines(MessageText.heading, messages.map(MessageText.cells)) { Terminal.output(line) }
        }
    }

    private static func status(_ arguments: Arguments) throws(CommandFailure) -> RowStatus? {
        guard let word = arguments["status"]?.lowercased() else { return nil }
        guard let status = RowStatus(rawValue: word), status != .other else {
            throw CommandFailure(.usage, "list: unknown status `\(word)`; it is pending, sent or dead_letter")
        }
        return status
    }

    nonisolated static func reason(
        _ arguments: Arguments, _ command: String
    ) throws(CommandFailure) -> DeadLetterReason? {
        guard let text = arguments["reason"] else { return nil }
        guard let reason = DeadLetterReason(rawValue: text) else {
            let known = DeadLetterReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "\(command): unknown reason `\(text)`; it is one of \(known)")
        }
        return reason
    }

    private static func limit(_ arguments: Arguments) throws(CommandFailure) -> Int {
        guard let text = arguments["limit"] else { return defaultLimit }
        guard let limit = Int(text), (1...1_000_000).contains(limit) else {
            throw CommandFailure(.usage, "list: --limit wants a number from 1 to 1000000, not `\(text)`")
        }
        return limit
    }
}

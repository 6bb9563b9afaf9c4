internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// Everything known about one message.
@Loop
enum ShowCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let key = arguments.operands[0]
        let settings = try Setup.settings(arguments)
        let ledger = try LedgerDoor.open(settings, .readOnly)
        let detail: MessageDetail?
        do throws(LedgerError) {
            detail = try await ledger.message(MessageKey(key))
        } catch {
            throw CommandFailure(error)
        }
        await ledger.close()
        guard let detail else {
            throw CommandFailure(.negative, "show: there is no message `\(key)` in \(settings.store.table)")
        }
        if arguments.has("json") {
            Terminal.output(json(key, detail).text)
        } else {
            for line in text(key, detail) { Terminal.line(line) }
        }
        return .ok
    }

    private static func json(_ key: String, _ detail: MessageDetail) -> JSONDocument {
        let row = detail.message.map(MessageText.members) ?? [("msg_key", .string(key)), ("status", .null)]
        let tracking = detail.tracking
        return .object(
            row + [
                ("attempts", .integer((tracking?.answers ?? 0) + (tracking?.failures ?? 0))),
                ("answers", .integer(tracking?.answers ?? 0)), ("failures", .integer(tracking?.failures ?? 0)),
                ("last_code", .optional(tracking?.lastCode?.text)),
                ("timeline", .array(detail.timeline.map(json))),
            ])
    }

    private static func json(_ entry: AuditEntry) -> JSONDocument {
        .object([
            ("at", .string(entry.at.iso8601(withMilliseconds: true))), ("from_status", .string(entry.from.rawValue)),
            ("to_status", .string(entry.to.rawValue)), ("reason", .optional(entry.reason?.rawValue)),
            ("code", .optional(entry.code?.text)), ("meaning", .optional(entry.code?.gloss)),
            ("source", .string(entry.source.rawValue)), ("detail", .optional(entry.detail)),
        ])
    }

    private static func text(_ key: String, _ detail: MessageDetail) -> [String] {
        var lines = ["message      \(key)"]
        if let message = detail.message {
            lines.append("status       \(message.statusText)" + (message.reason.map { " (\($0.rawValue))" } ?? ""))
            if let code = message.reportCode {
                lines.append("report code  \(code)" + (ReportCode(code)?.gloss.map { ": \($0)" } ?? ""))
            }
            if let error = message.errorMessage { lines.append("error        \(error)") }
            lines.append("accepted     \(message.acceptedText ?? "-")")
            if let updated = message.updatedText { lines.append("updated      \(updated)") }
            lines.append("next attempt \(message.nextAskAt?.iso8601() ?? "none planned")")
        } else {
            lines.append("status       its row is gone; this is its history")
        }
        if let tracking = detail.tracking {
            lines.append("asked        \(tracking.answers) times answered, \(tracking.failures) failed")
        }
        lines.append("timeline     " + (detail.timeline.isEmpty ? "nothing done to it by the reconciler" : ""))
        return lines + detail.timeline.map(line)
    }

    private static func line(_ entry: AuditEntry) -> String {
        let why = [entry.reason?.rawValue, entry.code?.text, entry.code?.gloss].compactMap { $0 }.joined(separator: " ")
        return "  \(entry.at.iso8601(withMilliseconds: true))  \(entry.from.rawValue) → \(entry.to.rawValue)  "
            + "\(entry.source.rawValue)\(why.isEmpty ? "" : ": \(why)")"
    }
}

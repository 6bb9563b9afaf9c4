internal import Ledger
internal import Reconciliation

/// A message as `list` and `show` print it.
enum MessageText {
    static let heading = ["MSGKEY", "STATUS", "REASON", "CODE", "ACCEPTED", "NEXT ATTEMPT"]

    static func cells(_ message: StoredMessage) -> [String] {
        [
            message.key?.text ?? "-", message.statusText, message.reason?.rawValue ?? "-", message.reportCode ?? "-",
            message.acceptedText ?? "-", message.nextAskAt?.iso8601() ?? "-",
        ]
    }

    static func members(_ message: StoredMessage) -> [(String, JSONDocument)] {
        [
            ("msg_key", .optional(message.key?.text)), ("id", .optional(message.id)),
            ("status", .string(message.statusText)), ("reason", .optional(message.reason?.rawValue)),
            ("report_code", .optional(message.reportCode)), ("error_message", .optional(message.errorMessage)),
            ("service_type", .optional(message.serviceType)),
            ("accepted_at", .optional(message.acceptedAt?.iso8601())), ("updated_at", .optional(message.updatedText)),
            ("next_attempt_at", .optional(message.nextAskAt?.iso8601())),
        ]
    }
}

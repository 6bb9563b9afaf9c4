package import Ledger
package import Reconciliation

/// Messages as `list` prints them.
package enum MessageText {
    package static func lines(_ messages: [StoredMessage], in zone: Zone) -> [String] {
        TextTable.lines(
            ["MSGKEY", "STATUS", "REASON", "CODE", "ACCEPTED", "NEXT ATTEMPT"], messages.map { cells($0, zone) })
    }

    package static func json(_ messages: [StoredMessage]) -> JSONOutput {
        .array(messages.map { .object(members($0)) })
    }

    /// What `show` says first, too.
    static func members(_ message: StoredMessage) -> [(String, JSONOutput)] {
        [
            ("msg_key", .optional(message.key?.text)), ("id", .optional(message.id)),
            ("status", .string(message.statusText)), ("reason", .optional(message.reason?.rawValue)),
            ("report_code", .optional(message.reportCode)), ("error_message", .optional(message.errorMessage)),
            ("service_type", .optional(message.serviceType)),
            ("accepted_at", .optional(message.acceptedAt?.iso8601())),
            ("updated_at", .optional(message.updatedAt?.iso8601())),
            ("next_attempt_at", .optional(message.nextAskAt?.iso8601())),
        ]
    }

    private static func cells(_ message: StoredMessage, _ zone: Zone) -> [String] {
        [
            message.key?.text ?? "-", message.statusText, message.reason?.rawValue ?? "-", message.reportCode ?? "-",
            message.acceptedAt.map(zone.second) ?? message.acceptedText.map { "unreadable: \($0)" } ?? "-",
            message.nextAskAt.map(zone.second) ?? "-",
        ]
    }
}

extension StoredMessage {
    /// Its status and, of a dead letter the reconciler made, why.
    var statusWithReason: String { statusText + (reason.map { " (\($0.rawValue))" } ?? "") }

    /// From when its age counts, where that is not its acceptance.
    func countingText(in zone: Zone) -> String? {
        if isSentAgain { return "the next cycle, as its row had another msgKey before" }
        guard let countsFrom, countsFrom != acceptedAt else { return nil }
        let isFirstSeen = countsFrom == firstSeenAt
        return zone.second(countsFrom)
            + (isFirstSeen ? ", when this msgKey was first seen in its row" : ", for which it is reserved")
    }

    /// Why nothing is done about another channel's row.
    var notOursText: String {
        (serviceType.map { "its service type \($0)" } ?? "its service type, which is NULL,")
            + " is none of store.service_types: nothing is asked or written about it"
    }
}

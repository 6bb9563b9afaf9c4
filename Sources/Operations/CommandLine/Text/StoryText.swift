package import Ledger
package import Reconciliation

/// Everything known about one message, as `show` prints it.
package enum StoryText {
    package static func json(_ key: MessageKey, _ detail: MessageDetail) -> JSONOutput {
        let row = detail.message.map(MessageText.members) ?? [("msg_key", .string(key.text)), ("status", .null)]
        let tracking = detail.tracking
        return .object(
            row + (detail.message.map(counting) ?? []) + [
                ("attempts", .integer((tracking?.answers ?? 0) + (tracking?.failures ?? 0))),
                ("answers", .integer(tracking?.answers ?? 0)), ("failures", .integer(tracking?.failures ?? 0)),
                ("last_code", .optional(tracking?.lastCode?.text)),
                ("timeline", .array(detail.timeline.map(json))),
            ])
    }

    package static func lines(_ key: MessageKey, _ detail: MessageDetail, in zone: Zone) -> [String] {
        ["message      \(key)"]
            + (detail.message.map { row($0, zone) } ?? ["status       its row is gone; this is its history"])
            + (detail.tracking.map { ["asked        \($0.answers) times answered, \($0.failures) failed"] } ?? [])
            + ["timeline     " + (detail.timeline.isEmpty ? "nothing done to it by the reconciler" : "")]
            + detail.timeline.map { line($0, zone) }
    }

    private static func json(_ entry: AuditEntry) -> JSONOutput {
        .object([
            ("at", .string(entry.at.iso8601(withMilliseconds: true))), ("from_status", .string(entry.from.rawValue)),
            ("to_status", .string(entry.to.rawValue)), ("reason", .optional(entry.reason?.rawValue)),
            ("code", .optional(entry.code?.text)), ("meaning", .optional(entry.code?.gloss)),
            ("source", .string(entry.source.rawValue)), ("detail", .optional(entry.detail)),
        ])
    }

    private static func counting(_ message: StoredMessage) -> [(String, JSONOutput)] {
        [
            ("is_ours", .bool(message.isOurs)), ("scheduled_at", .optional(message.scheduledText)),
            ("first_seen_at", .optional(message.firstSeenAt?.iso8601())),
            ("counts_from", .optional(message.isSentAgain ? nil : message.countsFrom?.iso8601())),
        ]
    }

    private static func row(_ message: StoredMessage, _ zone: Zone) -> [String] {
        var lines = ["status       " + message.statusWithReason]
        if let code = message.reportCode {
            lines.append("report code  \(code)" + (ReportCode(code)?.gloss.map { ": \($0)" } ?? ""))
        }
        if let error = message.errorMessage { lines.append("error        \(error)") }
        if !message.isOurs { lines.append("not ours     " + message.notOursText) }
        lines.append("accepted     " + time(message.acceptedAt, message.acceptedText, zone))
        if message.scheduledText != nil {
            lines.append("reserved for " + time(message.scheduledAt, message.scheduledText, zone))
        }
        if let counting = message.countingText(in: zone) { lines.append("counts from  " + counting) }
        if message.updatedText != nil {
            lines.append("updated      " + time(message.updatedAt, message.updatedText, zone))
        }
        lines += asInTheRow(message)
        lines.append("next attempt \(message.nextAskAt.map(zone.second) ?? "none planned")")
        return lines
    }

    private static func time(_ time: Timestamp?, _ text: String?, _ zone: Zone) -> String {
        time.map(zone.second) ?? (text == nil ? "-" : "at a time that cannot be read")
    }

    /// What the application wrote, by its own clock and in its own way.
    private static func asInTheRow(_ message: StoredMessage) -> [String] {
        let named = [
            ("accepted", message.acceptedText), ("reserved for", message.scheduledText),
            ("updated", message.updatedText),
        ]
        let times = named.compactMap { name, text in text.map { "\(name) \($0)" } }
        return times.isEmpty ? [] : ["in the row   " + times.joined(separator: ", ")]
    }

    private static func line(_ entry: AuditEntry, _ zone: Zone) -> String {
        let why = [entry.reason?.rawValue, entry.code?.text, entry.code?.gloss].compactMap { $0 }.joined(separator: " ")
        return "  \(zone.millisecond(entry.at))  \(entry.from.rawValue) → \(entry.to.rawValue)  "
            + "\(entry.source.rawValue)\(why.isEmpty ? "" : ": \(why)")"
    }
}

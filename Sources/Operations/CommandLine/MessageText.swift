internal import Engine
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
                ("differences", .array(detail.differences.map(DifferenceText.json))),
            ])
    }

    package static func lines(_ key: MessageKey, _ detail: MessageDetail, in zone: Zone) -> [String] {
        ["message      \(key)"]
            + (detail.message.map { row($0, zone) } ?? [withoutRow(detail)])
            + (detail.tracking.map { ["asked        \($0.answers) times answered, \($0.failures) failed"] } ?? [])
            + detail.differences.map { "differed     when verified: " + DifferenceText.line($0) }
            + ["timeline     " + (detail.timeline.isEmpty ? "nothing done to it by the reconciler" : "")]
            + detail.timeline.map { line($0, zone) }
    }

    private static func withoutRow(_ detail: MessageDetail) -> String {
        "status       "
            + (detail.timeline.isEmpty ? "no row has this msgKey" : "its row is gone; this is its history")
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

/// What `requeue` did.
package enum RequeueText {
    package static func line(_ result: RequeueResult) -> String {
        "\(result.requeued.count) messages are pending again and due now"
    }

    package static func json(_ result: RequeueResult) -> JSONOutput {
        func list(_ keys: [MessageKey]) -> JSONOutput { .array(keys.map { .string($0.text) }) }
        return .object([
            ("requeued", list(result.requeued)), ("not_found", list(result.notFound)),
            ("not_dead_letters", list(result.notDeadLetters)), ("not_ours", list(result.notOurs)),
            ("refused", list(result.refused)), ("refusal", .optional(result.refusal?.message)),
        ])
    }
}

/// What `explain` prints.
package enum OutlookText {
    package static func lines(
        _ key: MessageKey, _ message: StoredMessage, _ step: NextStep, _ policy: Policy, in zone: Zone,
        at now: Timestamp
    ) -> [String] {
        var lines = ["message  \(key)", "status   " + message.statusWithReason]
        if let accepted = accepted(message, zone, at: now) { lines.append(accepted) }
        if let counting = message.countingText(in: zone) { lines.append("counts   from " + counting) }
        lines.append("next     " + (step.turn == .notOurs ? message.notOursText : turn(step.turn, zone, at: now)))
        if let means = step.means { lines.append("by       " + self.means(means, zone)) }
        if let givenUpAt = step.givenUpAt {
            lines.append(
                "then     delivered on any channel: sent. Failed on all: dead letter. Nothing final: asked again; given up"
                    + " when asked after \(zone.second(givenUpAt)) (stale_after \(policy.staleAfterText))")
        }
        return lines
    }

    private static func accepted(_ message: StoredMessage, _ zone: Zone, at now: Timestamp) -> String? {
        if let acceptedAt = message.acceptedAt {
            return "accepted \(zone.second(acceptedAt)), \(ElapsedText.of(now - acceptedAt)) ago"
        }
        guard message.acceptedText != nil else { return nil }
        return "accepted at a time that cannot be read: asked about, but never given up"
    }

    package static func json(_ key: MessageKey, _ message: StoredMessage, _ step: NextStep) -> JSONOutput {
        .object([
            ("msg_key", .string(key.text)), ("status", .string(message.statusText)),
            ("reason", .optional(message.reason?.rawValue)), ("turn", .string(word(step.turn))),
            ("at", .optional(time(step.turn)?.iso8601())), ("by", .optional(step.means.map(word))),
            ("given_up_at", .optional(step.givenUpAt?.iso8601())),
        ])
    }

    private static func turn(_ turn: NextStep.DueTime, _ zone: Zone, at now: Timestamp) -> String {
        switch turn {
        case .settled: "nothing: its row says how it ended"
        case .notOurs: "nothing"
        case .final(nil):
            "nothing: the application made it a dead letter. Should a report say delivered, it becomes sent"
        case .final(.unverifiable?): "nothing: the provider does not answer about messages as old as this"
        case .final: "nothing: the provider has said that it failed, or its window has closed"
        case .waits(let until, .webhook):
            "at \(zone.second(until)) (in \(ElapsedText.of(until - now))); until then it is left to its webhook"
        case .waits(let until, .retry):
            "at \(zone.second(until)) (in \(ElapsedText.of(until - now))); when last asked, nothing final was known"
        case .waits(let until, .watch):
            "at \(zone.second(until)) (in \(ElapsedText.of(until - now))); given up, but asked about daily"
        case .due(let since):
            "asked about in the next cycle" + (since.map { ": due since \(zone.second($0))" } ?? "")
        }
    }

    private static func means(_ means: NextStep.Means, _ zone: Zone) -> String {
        switch means {
        case .history(let plan):
            "a sweep through the history of sends since \(zone.second(plan.from)): about \(plan.expectedPages) pages for"
                + " \(plan.messages) messages that are due, instead of \(plan.alternative) questions"
        case .send(let id, let others):
            "the status of its send \(id), together with \(others) other\(others == 1 ? "" : "s") that are due: one"
                + " question instead of \(others + 1)"
        case .channels: "its message status, by itself: no other message of its send is due"
        case .reports: "its reports, by itself"
        }
    }

    private static func word(_ turn: NextStep.DueTime) -> String {
        switch turn {
        case .settled: "settled"
        case .notOurs: "not_ours"
        case .final: "final"
        case .waits: "waits"
        case .due: "due"
        }
    }

    private static func word(_ means: NextStep.Means) -> String {
        switch means {
        case .history: Endpoint.history.rawValue
        case .send: Endpoint.requestStatus.rawValue
        case .channels: Endpoint.messageStatus.rawValue
        case .reports: Endpoint.reportInquiry.rawValue
        }
    }

    private static func time(_ turn: NextStep.DueTime) -> Timestamp? {
        switch turn {
        case .settled, .final, .notOurs: nil
        case .waits(let until, _): until
        case .due(let since): since
        }
    }
}

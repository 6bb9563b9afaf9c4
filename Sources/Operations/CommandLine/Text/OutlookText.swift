package import Ledger
package import Reconciliation

/// What `explain` prints.
package enum OutlookText {
    package static func lines(
        _ key: MessageKey, _ message: StoredMessage, _ outlook: Outlook, _ policy: Policy, in zone: Zone,
        at now: Timestamp
    ) -> [String] {
        var lines = ["message  \(key)", "status   " + message.statusWithReason]
        if let accepted = accepted(message, zone, at: now) { lines.append(accepted) }
        if let counting = message.countingText(in: zone) { lines.append("counts   from " + counting) }
        lines.append("next     " + (outlook.turn == .notOurs ? message.notOursText : turn(outlook.turn, zone, at: now)))
        if let means = outlook.means { lines.append("by       " + self.means(means, zone)) }
        if let givenUpAt = outlook.givenUpAt {
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

    package static func json(_ key: MessageKey, _ message: StoredMessage, _ outlook: Outlook) -> JSONOutput {
        .object([
            ("msg_key", .string(key.text)), ("status", .string(message.statusText)),
            ("reason", .optional(message.reason?.rawValue)), ("turn", .string(word(outlook.turn))),
            ("at", .optional(time(outlook.turn)?.iso8601())), ("by", .optional(outlook.means.map(word))),
            ("given_up_at", .optional(outlook.givenUpAt?.iso8601())),
        ])
    }

    private static func turn(_ turn: Outlook.Turn, _ zone: Zone, at now: Timestamp) -> String {
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

    private static func means(_ means: Outlook.Means, _ zone: Zone) -> String {
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

    private static func word(_ turn: Outlook.Turn) -> String {
        switch turn {
        case .settled: "settled"
        case .notOurs: "not_ours"
        case .final: "final"
        case .waits: "waits"
        case .due: "due"
        }
    }

    private static func word(_ means: Outlook.Means) -> String {
        switch means {
        case .history: Endpoint.history.rawValue
        case .send: Endpoint.requestStatus.rawValue
        case .channels: Endpoint.messageStatus.rawValue
        case .reports: Endpoint.reportInquiry.rawValue
        }
    }

    private static func time(_ turn: Outlook.Turn) -> Timestamp? {
        switch turn {
        case .settled, .final, .notOurs: nil
        case .waits(let until, _): until
        case .due(let since): since
        }
    }
}

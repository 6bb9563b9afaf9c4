/// Something to be done at once that a command asks for: `ask` or `verify`.
package enum Errand: Hashable, Sendable {
    /// About these messages, whatever their schedule.
    case ask([MessageKey])
    /// What was sent then.
    case verify(Range<Timestamp>)
}

/// What an errand came to.
package enum ErrandResult: Hashable, Sendable {
    /// One for each message.
    case asked([AskedMessage])
    case verified(checked: Int, requests: Int, isComplete: Bool, [Difference])
}

/// What the provider said of a message that somebody wanted to be asked about at once. What became of it is in its row.
package struct AskedMessage: Hashable, Sendable {
    package enum Answer: Hashable, Sendable {
        case delivered
        /// On every channel.
        case failed(ReportCode)
        case noReportYet
        /// Why, for people.
        case unanswered(String)
    }

    package var key: MessageKey
    package var answer: Answer

    package init(_ key: MessageKey, _ answer: Answer) {
        self.key = key
        self.answer = answer
    }
}

// MARK: - As a text, for the table

extension Errand {
    /// `ask` or `verify`, and what it is about. A key with a line end cannot be asked about.
    package var text: (kind: String, subject: String) {
        switch self {
        case .ask(let keys): ("ask", keys.map(\.text).joined(separator: "\n"))
        case .verify(let span): ("verify", "\(span.lowerBound.milliseconds) \(span.upperBound.milliseconds)")
        }
    }

    /// Nil for what is none.
    package init?(kind: String, subject: String) {
        switch kind {
        case "ask": self = .ask(subject.split(separator: "\n").map { MessageKey(String($0)) })
        case "verify":
            let times = subject.split(separator: " ").compactMap { Int64($0) }.map(Timestamp.init(milliseconds:))
            guard times.count == 2, times[0] <= times[1] else { return nil }
            self = .verify(times[0]..<times[1])
        default: return nil
        }
    }
}

extension ErrandResult {
    /// A line for each message or difference, its fields with tabs between them; of a verification its numbers first.
    package var text: String {
        switch self {
        case .asked(let messages): messages.map { $0.fields.joined(separator: "\t") }.joined(separator: "\n")
        case .verified(let checked, let requests, let isComplete, let differences):
            (["\(checked)\t\(requests)\t\(isComplete)"] + differences.map { $0.fields.joined(separator: "\t") })
                .joined(separator: "\n")
        }
    }

    /// Nil for what is none of that errand.
    package init?(of errand: Errand, _ text: String) {
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        switch errand {
        case .ask: self = .asked(lines.compactMap(AskedMessage.init(fields:)))
        case .verify:
            guard let first = lines.first, first.count == 3, let checked = Int(first[0]), let requests = Int(first[1])
            else { return nil }
            self = .verified(
                checked: checked, requests: requests, isComplete: first[2] == "true",
                lines.dropFirst().compactMap(Difference.init(fields:)))
        }
    }
}

extension AskedMessage {
    fileprivate var fields: [String] {
        switch answer {
        case .delivered: [key.text, "delivered"]
        case .failed(let code): [key.text, "failed", code.text]
        case .noReportYet: [key.text, "no_report_yet"]
        case .unanswered(let why): [key.text, "unanswered", Redaction.clean(why)]
        }
    }

    fileprivate init?(fields: [String]) {
        guard fields.count >= 2 else { return nil }
        let answer: Answer
        switch (fields[1], fields.dropFirst(2).first) {
        case ("delivered", _): answer = .delivered
        case ("failed", let code?): answer = ReportCode(code).map(Answer.failed) ?? .noReportYet
        case ("no_report_yet", _): answer = .noReportYet
        case ("unanswered", let why?): answer = .unanswered(why)
        default: return nil
        }
        self.init(MessageKey(fields[0]), answer)
    }
}

extension Difference {
    fileprivate var fields: [String] {
        [
            kind.rawValue, key.text, rowStatus?.rawValue ?? "", code?.text ?? "",
            acceptedAt.map { String($0.milliseconds) } ?? "",
        ]
    }

    fileprivate init?(fields: [String]) {
        guard fields.count == 5, let kind = Kind(rawValue: fields[0]) else { return nil }
        self.init(
            kind, MessageKey(fields[1]), rowStatus: RowStatus(rawValue: fields[2]), code: ReportCode(fields[3]),
            acceptedAt: Int64(fields[4]).map(Timestamp.init(milliseconds:)))
    }
}

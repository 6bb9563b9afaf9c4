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
    case verified(VerifiedSpan)
}

/// What a verification of a span came to.
package struct VerifiedSpan: Hashable, Sendable {
    /// Messages that the provider's history has of it.
    package var checked: Int
    package var requests: Int
    /// Whether everything could be asked.
    package var isComplete: Bool
    /// How many messages differ.
    package var found: Int
    /// All of these, or, of very many, those that were found first.
    package var listed: [Difference]

    package init(checked: Int, requests: Int, isComplete: Bool, found: Int, listed: [Difference]) {
        self.checked = checked
        self.requests = requests
        self.isComplete = isComplete
        self.found = found
        self.listed = listed
    }
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
    /// The words are those of the table.
    package enum Kind: String, CaseIterable, Sendable {
        case ask
        case verify
    }

    package var kind: Kind {
        switch self {
        case .ask: .ask
        case .verify: .verify
        }
    }

    /// What it is about: keys, one a line, or two times.
    package var subject: String {
        switch self {
        case .ask(let keys): FieldText.text(of: keys.map { [$0.text] })
        case .verify(let span): "\(span.lowerBound.milliseconds) \(span.upperBound.milliseconds)"
        }
    }

    /// Nil for what is none.
    package init?(_ kind: Kind, subject: String) {
        switch kind {
        case .ask: self = .ask(FieldText.lines(of: subject).map { MessageKey($0[0]) })
        case .verify:
            let times = subject.split(separator: " ").compactMap { Timestamp(number: String($0)) }
            guard times.count == 2, times[0] <= times[1] else { return nil }
            self = .verify(times[0]..<times[1])
        }
    }
}

extension ErrandResult {
    /// A line for each message or difference; of a verification its numbers first.
    package var text: String {
        switch self {
        case .asked(let messages): FieldText.text(of: messages.map(\.fields))
        case .verified(let verified):
            FieldText.text(of: [verified.numbers] + verified.listed.map(\.fields))
        }
    }

    /// Nil for what is none of that errand.
    package init?(of errand: Errand, _ text: String) {
        let lines = FieldText.lines(of: text)
        switch errand {
        case .ask: self = .asked(lines.compactMap(AskedMessage.init(fields:)))
        case .verify:
            guard let first = lines.first,
                let verified = VerifiedSpan(numbers: first, lines.dropFirst().compactMap(Difference.init(fields:)))
            else { return nil }
            self = .verified(verified)
        }
    }
}

/// Lines of fields, with tabs between them. Any text can be in a field: a key is the application's, or the provider's.
private enum FieldText {
    static func text(of lines: [[String]]) -> String {
        lines.map { $0.map(escaped).joined(separator: "\t") + "\n" }.joined()
    }

    /// None of them without a field.
    static func lines(of text: String) -> [[String]] {
        text.utf8.split(separator: newline, omittingEmptySubsequences: false).dropLast().map { line in
            line.split(separator: tab, omittingEmptySubsequences: false).map { field in
                plain(String(decoding: field, as: UTF8.self))
            }
        }
    }

    private static let newline = UInt8(ascii: "\n")
    private static let tab = UInt8(ascii: "\t")
    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = ["\\": "\\", "\n": "n", "\t": "t"]

    private static func escaped(_ field: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in field.unicodeScalars {
            if let letter = escapes[scalar] { text.append(contentsOf: ["\\", letter]) } else { text.append(scalar) }
        }
        return String(text)
    }

    private static func plain(_ field: String) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in field.unicodeScalars {
            if isEscaped {
                text.append(escapes.first { $0.value == scalar }?.key ?? scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }
}

extension Timestamp {
    /// Milliseconds. Nil for what is no number, or of a year that nobody lives in.
    fileprivate init?(number text: String) {
        let century = Int64(100) * 366 * 86_400_000
        guard let milliseconds = Int64(text), (-century...10 * century).contains(milliseconds) else { return nil }
        self.init(milliseconds: milliseconds)
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

extension VerifiedSpan {
    fileprivate var numbers: [String] { [String(checked), String(requests), String(isComplete), String(found)] }

    fileprivate init?(numbers: [String], _ listed: [Difference]) {
        guard numbers.count == 4, let checked = Int(numbers[0]), let requests = Int(numbers[1]),
            let found = Int(numbers[3])
        else { return nil }
        self.init(
            checked: checked, requests: requests, isComplete: numbers[2] == "true", found: found, listed: listed)
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
            acceptedAt: Timestamp(number: fields[4]))
    }
}

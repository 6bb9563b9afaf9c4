package import Ledger
package import Reconciliation

/// A command's words, taken apart by what the command says it takes.
package struct Arguments: Sendable {
    package let command: Command
    /// The words that are no options.
    package private(set) var operands: [String] = []
    /// A flag's value is empty.
    private var options: [CommandOption: String] = [:]

    /// - Parameter words: those after the command's name.
    /// - Throws: exit 64 for an option the command does not have, a missing value, or too many or too few operands.
    package init(_ words: ArraySlice<String>, for command: Command) throws(CommandFailure) {
        self.command = command
        var rest = words
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !word.hasPrefix("-") || word == "-" {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try take(option: word, from: &rest)
            }
        }
        try countOperands()
    }

    package func has(_ flag: CommandOption) -> Bool { options[flag] != nil }

    /// An option's value; nil where it is not given.
    package subscript(option: CommandOption) -> String? { options[option] }

    private mutating func take(option word: String, from rest: inout ArraySlice<String>) throws(CommandFailure) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard word.hasPrefix("--"), let option = command.specification.options.first(where: { $0.name == parts[0] })
        else { throw CommandFailure(command, "unknown option `\(word)`") }
        guard options[option] == nil else { throw CommandFailure(command, "`--\(option.name)` is given twice") }
        guard let placeholder = option.placeholder else {
            guard parts.count == 1 else { throw CommandFailure(command, "`--\(option.name)` takes no value") }
            options[option] = ""
            return
        }
        let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
        // An empty one is a shell's variable that was not set, and would mean "any".
        guard let value, !value.isEmpty else {
            throw CommandFailure(command, "`--\(option.name)` wants a value: --\(option.name) \(placeholder)")
        }
        options[option] = value
    }

    private func countOperands() throws(CommandFailure) {
        let allowed = command.specification.operands
        guard operands.count <= allowed.upperBound else {
            throw CommandFailure(command, "unexpected `\(operands[allowed.upperBound])`")
        }
        guard operands.count >= allowed.lowerBound else {
            throw CommandFailure(command, "\(command.specification.synopsis) wants more words")
        }
    }
}

// Which messages are meant.
extension Arguments {
    private static let defaultLimit = 50
    private static let limits = 1...1_000_000

    /// - Throws: exit 64 for a status that no message has.
    package func status() throws(CommandFailure) -> RowStatus? {
        guard let word = self[.status]?.lowercased() else { return nil }
        guard let status = RowStatus(rawValue: word), status != .other else {
            throw CommandFailure(
                .usage, "\(command.rawValue): unknown status `\(word)`; it is pending, sent or dead_letter")
        }
        return status
    }

    /// - Throws: exit 64 for a reason that no dead letter has.
    package func reason() throws(CommandFailure) -> DeadLetterReason? {
        guard let text = self[.reason] else { return nil }
        guard let reason = DeadLetterReason(rawValue: text) else {
            let known = DeadLetterReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "\(command.rawValue): unknown reason `\(text)`; it is one of \(known)")
        }
        return reason
    }

    /// When they were accepted.
    /// - Parameter zone: in which times without an offset are.
    /// - Throws: exit 64 for what is no time, or where nothing can be between the two.
    package func accepted(in zone: Zone) throws(CommandFailure) -> AcceptanceSpan {
        let span = AcceptanceSpan(since: try time(.since, in: zone), until: try time(.until, in: zone))
        if let since = span.since, let until = span.until, since >= until {
            throw CommandFailure(
                .usage,
                "\(command.rawValue): --since \(zone.second(since)) is not before --until \(zone.second(until)):"
                    + " nothing can be between them")
        }
        return span
    }

    private func time(_ option: CommandOption, in zone: Zone) throws(CommandFailure) -> Timestamp? {
        guard let text = self[option] else { return nil }
        let isDay = text.utf8.count == "2026-11-29".utf8.count
        let time = Timestamp(iso8601: isDay ? text + "T00:00" : text, defaultOffset: zone.secondsEastOfUTC)
        guard let time else {
            throw CommandFailure(
                .usage,
                "\(command.rawValue): --\(option.name) wants a time such as 2026-11-29, 2026-11-29T15:25 or"
                    + " 2026-11-29T15:25:30+09:00, not `\(text)`")
        }
        return time
    }

    /// - Throws: exit 64 for a service type that rows of ours do not have.
    package func serviceType(_ store: LedgerConfiguration) throws(CommandFailure) -> String? {
        guard let word = self[.serviceType] else { return nil }
        guard store.columns.serviceType != nil else {
            throw CommandFailure(
                .usage, "\(command.rawValue): store.columns.service_type is null: rows have no service type")
        }
        guard store.serviceTypes?.contains(word) != false else {
            throw CommandFailure(
                .usage,
                "\(command.rawValue): store.service_types does not name `\(word)`: such rows are not looked after")
        }
        return word
    }

    /// How many at most.
    /// - Throws: exit 64 for what is no such number.
    package func limit() throws(CommandFailure) -> Int {
        guard let text = self[.limit] else { return Self.defaultLimit }
        guard let limit = Int(text), Self.limits.contains(limit) else {
            throw CommandFailure(
                .usage,
                "\(command.rawValue): --limit wants a number from \(Self.limits.lowerBound) to"
                    + " \(Self.limits.upperBound), not `\(text)`")
        }
        return limit
    }
}

/// The alert that `ack` is about.
package struct AlertWords: Hashable, Sendable {
    package let name: AlertName
    package let labels: [String: String]

    /// - Throws: exit 64 for words that are no labels; 1 for an alert that does not exist or cannot be acknowledged.
    package init(_ arguments: Arguments) throws(CommandFailure) {
        labels = try Self.labels(arguments.operands.dropFirst())
        name = try Self.name(arguments.operands[0])
    }

    private static func name(_ text: String) throws(CommandFailure) -> AlertName {
        guard let name = AlertName(rawValue: text) else {
            let names = AlertName.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.negative, "ack: there is no alert `\(text)`; there are \(names)")
        }
        guard name != .storeTrouble else {
            throw CommandFailure(
                .negative, "ack: StoreTrouble cannot be acknowledged: it is about the database that would note it")
        }
        return name
    }

    private static func labels(_ words: ArraySlice<String>) throws(CommandFailure) -> [String: String] {
        var labels: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure(.usage, "ack: expected LABEL=VALUE, found `\(word)`. Try `help ack`")
            }
            guard labels.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw CommandFailure(.usage, "ack: the label `\(parts[0])` is given twice")
            }
        }
        return labels
    }
}

/// Which dead letters `requeue` is to make pending again.
package enum RequeueWish: Hashable, Sendable {
    case keys([MessageKey])
    case all(DeadLetterReason, ReportCode?)

    private static let narrowing: [CommandOption] = [.code, .since, .until]

    /// - Throws: exit 64 where it is neither keys nor a reason, or both.
    package init(_ arguments: Arguments) throws(CommandFailure) {
        let keys = arguments.operands.map { MessageKey($0) }
        switch (try arguments.reason(), keys.isEmpty) {
        case (let reason?, true): self = .all(reason, arguments[.code].flatMap { ReportCode($0) })
        case (nil, false) where Self.narrowing.allSatisfy { arguments[$0] == nil }: self = .keys(keys)
        default:
            throw CommandFailure(
                .usage,
                "requeue: wants message keys, or --reason R, which --code C, --since T and --until T narrow. Try"
                    + " `help requeue`")
        }
    }
}

package import Engine
internal import Reconciliation

/// Turns an event into its line. Pure.
package struct LogFormatter: Sendable, Equatable {
    /// How a line is written.
    package enum Style: Sendable, Equatable {
        case logfmt, json
    }

    /// Longer texts are cut there and end in an ellipsis. An alert's summary, which ends in what to do, has room.
    package static let longestText = 500

    package var style: Style
    /// For journald, which has its own time and reads `<N>` as the priority.
    package var isForJournal: Bool

    package init(style: Style, isForJournal: Bool = false) {
        self.style = style
        self.isForJournal = isForJournal
    }

    /// One line with its line end; `milliseconds` since 1970.
    package func line(_ event: LogEvent, at milliseconds: Int64) -> String {
        var fields: [LogField] = []
        if !isForJournal {
            let time = Timestamp(milliseconds: milliseconds).iso8601(withMilliseconds: true)
            fields.append(LogField("ts", .string(time)))
        }
        fields.append(LogField("level", .string(event.level.word)))
        fields.append(LogField("event", .string(event.name)))
        for field in event.fields {
            fields.append(LogField(Self.key(field.key), field.value))
        }
        let prefix = isForJournal ? "<\(event.level.priority)>" : ""
        switch style {
        case .logfmt: return prefix + fields.map(Self.logfmt).joined(separator: " ") + "\n"
        case .json: return "\(prefix){\(fields.map(Self.json).joined(separator: ","))}\n"
        }
    }

    private static func logfmt(_ field: LogField) -> String {
        let text = text(field.value)
        return "\(field.key)=\(LogText.needsQuotes(text) ? LogText.quoted(text) : text)"
    }

    private static func json(_ field: LogField) -> String {
        switch field.value {
        case .integer, .boolean: return "\"\(field.key)\":\(text(field.value))"
        case .double(let number) where number.isFinite: return "\"\(field.key)\":\(number)"
        case .double, .string: return "\"\(field.key)\":\(LogText.quoted(text(field.value)))"
        }
    }

    private static func text(_ value: LogValue) -> String {
        switch value {
        case .string(let text): LogText.cut(text, to: longestText)
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .boolean(let flag): String(flag)
        }
    }

    /// A key that cannot break a line or hide one of the line's own.
    private static func key(_ key: String) -> String {
        let plain = String(
            key.unicodeScalars.prefix(64).map { scalar -> Character in
                let isPlain = scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber)
                return isPlain || scalar == "_" || scalar == "." || scalar == "-" ? Character(scalar) : "_"
            })
        if plain.isEmpty { return "_" }
        return ["ts", "level", "event"].contains(plain) ? "field_\(plain)" : plain
    }
}

extension LogLevel {
    /// As a line says it.
    package var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        }
    }

    /// As syslog numbers it (`sd-daemon(3)`).
    package var priority: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .warn: 4
        case .error: 3
        }
    }
}

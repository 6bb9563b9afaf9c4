internal import Engine
internal import Reconciliation

/// Turns an event into its line. Pure.
struct LogFormatter: Sendable, Equatable {
    /// How a line is written.
    enum Style: String, CaseIterable, Sendable {
        case logfmt, json
    }

    /// Longer texts are cut there and end in an ellipsis. An alert's summary, which ends in what to do, has room.
    static let longestText = 500

    var style: Style
    /// For journald, which has its own time and reads `<N>` as the priority.
    var isForJournal = false

    /// One line with its line end; `milliseconds` since 1970.
    func line(_ event: LogEvent, at milliseconds: Int64) -> String {
        var fields: [LogField] = []
        if !isForJournal {
            let time = Timestamp(milliseconds: milliseconds).iso8601(withMilliseconds: true)
            fields.append(LogField("ts", .string(time)))
        }
        fields.append(LogField("level", .string(event.level.rawValue)))
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
    /// As syslog numbers it (`sd-daemon(3)`).
    fileprivate var priority: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .warn: 4
        case .error: 3
        }
    }
}

/// Quoting that logfmt and JSON share. Every result is one line without control characters.
package enum LogText {
    /// Whether logfmt cannot have `text` bare.
    static func needsQuotes(_ text: String) -> Bool {
        text.isEmpty
            || text.unicodeScalars.contains { scalar in
                scalar == " " || scalar == "=" || scalar == "\"" || scalar == "\\" || scalar == "\u{fffd}"
                    || scalar.isHidden || scalar.properties.isWhitespace
            }
    }

    /// A JSON string, which is also what logfmt readers unquote.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: append(scalar, to: &result)
            }
        }
        return result + "\""
    }

    /// Foreign text for a terminal: what is hidden is shown as an escape, all else as it is.
    package static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default:
            if scalar.isHidden {
                result += escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    /// At most `limit` scalars, then an ellipsis.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    /// `\u001b`; two of them for what is beyond the basic plane.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        UTF16.encode(scalar)!.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}

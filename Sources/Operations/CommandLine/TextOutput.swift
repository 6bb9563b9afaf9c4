/// Columns aligned by their widest cell; the last one is not padded. Cells may hold foreign text.
package enum TextTable {
    package static func lines(_ heading: [String], _ rows: [[String]]) -> [String] {
        let all = ([heading] + rows).map { $0.map(LogText.visible) }
        let widths = heading.indices.map { column in all.map { $0[column].width }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let isLast = column == row.count - 1
                return isLast
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].width)
            }.joined(separator: "  ")
        }
    }
}

extension String {
    /// Columns on a terminal: Hangul and other wide characters take two.
    fileprivate var width: Int {
        unicodeScalars.reduce(0) { sum, scalar in
            let value = scalar.value
            let isWide =
                (0x1100...0x115f).contains(value) || (0x2e80...0xa4cf).contains(value)
                || (0xac00...0xd7a3).contains(value) || (0xf900...0xfaff).contains(value)
                || (0xfe30...0xfe6f).contains(value) || (0xff00...0xff60).contains(value)
            return sum + (isWide ? 2 : 1)
        }
    }
}

/// A JSON value whose keys stay in the order in which they are written.
package indirect enum JSONOutput: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONOutput])
    case object([(String, JSONOutput)])

    static func optional(_ text: String?) -> JSONOutput { text.map(JSONOutput.string) ?? .null }

    static func optional(_ number: Int?) -> JSONOutput { number.map(JSONOutput.integer) ?? .null }

    /// On one line.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .string(let value): LogText.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { LogText.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }
}

/// How long something took or is away, for people.
enum ElapsedText {
    /// `3d 4h`, `2h 10m`, `5m`, `12s`.
    static func of(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case 172_800...: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        case 3600...: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        case 60...: return "\(seconds / 60)m"
        default: return "\(seconds)s"
        }
    }
}

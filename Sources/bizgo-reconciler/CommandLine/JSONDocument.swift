internal import Observability

/// A JSON value whose keys stay in the order in which they are written.
indirect enum JSONDocument {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONDocument])
    case object([(String, JSONDocument)])

    static func optional(_ text: String?) -> JSONDocument { text.map(JSONDocument.string) ?? .null }

    static func optional(_ number: Int?) -> JSONDocument { number.map(JSONDocument.integer) ?? .null }

    /// On one line.
    var text: String {
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

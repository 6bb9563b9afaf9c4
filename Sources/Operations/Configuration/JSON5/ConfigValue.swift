import Reconciliation

/// A JSON5 value with its place in the text.
struct ConfigNode: Equatable, Sendable {
    /// Counted from 1.
    var line: Int
    var value: ConfigValue
}

/// One `key: value` of an object. `line` is the key's.
struct ConfigMember: Equatable, Sendable {
    var key: String
    var line: Int
    var node: ConfigNode
}

/// What a JSON5 text says, before anybody asks what it means. Objects keep their order and their duplicates.
indirect enum ConfigValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([ConfigNode])
    case object([ConfigMember])
}

extension ConfigValue {
    /// What a message shows as found: short, on one line, and only the kind where the value could be a secret.
    func summary(hidden: Bool) -> String {
        switch self {
        case .null: "null"
        case .array: "a list"
        case .object: "an object"
        case .boolean where hidden: "a boolean"
        case .number where hidden: "a number"
        case .string where hidden: "a string"
        case .boolean(let value): "\(value)"
        case .number(let value): Self.text(value)
        case .string(let value): Self.quoted(value)
        }
    }

    /// Whole numbers without `.0`.
    static func text(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return "\(whole)" }
        return "\(number)"
    }

    /// In quotes, on one line whatever is in it, at most 40 characters.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.prefix(40).map { scalar in
            scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : visible(scalar)
        }
        return "\"\(escaped.joined())\(text.unicodeScalars.count > 40 ? "…" : "")\""
    }

    /// On one line whatever is in it, otherwise as it is.
    static func oneLine(_ text: String) -> String { text.unicodeScalars.map(visible).joined() }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        scalar.isHidden || scalar.properties.generalCategory == .unassigned
            ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
    }
}

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

    static func quoted(_ text: String) -> String { Redaction.quoted(text) }

    static func oneLine(_ text: String) -> String { Redaction.oneLine(text) }
}

/// Where a text stops being JSON5, and why. Shows at most one character of the text.
struct JSON5Error: Error, Equatable {
    var line: Int
    var message: String
}

/// Reads JSON5 with the line of everything. `JSONDecoder` of FoundationEssentials 6.3 names no place in a syntax error,
/// drops duplicate keys without a word, and refuses parts of JSON5 (escaped bare keys, `\v`, no-break space).
enum JSON5Parser {
    static func parse(_ text: String) throws(JSON5Error) -> ConfigNode {
        let lines = Lines(text)
        do throws(JSONFlaw) {
            return ConfigNode(try JSONDocument(json5: text).root, lines)
        } catch {
            throw JSON5Error(
                line: lines.number(at: error.offset),
                message: error.isUnexpected ? "\(error.message), found \(lines.found(at: error.offset))" : error.message
            )
        }
    }
}

extension ConfigNode {
    fileprivate init(_ node: JSONNode, _ lines: Lines) {
        line = lines.number(at: node.offset)
        value =
            switch node.kind {
            case .null: .null
            case .yes: .boolean(true)
            case .no: .boolean(false)
            case .number: .number(node.number ?? .nan)
            case .string, .escapedString: .string(node.text ?? "")
            case .array: .array((node.elements ?? []).map { ConfigNode($0, lines) })
            case .object:
                .object(
                    (node.members ?? []).map { name, value in
                        ConfigMember(
                            key: name.text ?? "", line: lines.number(at: name.offset), node: ConfigNode(value, lines))
                    })
            }
    }
}

/// The lines of a text, as editors count them: LF, CRLF and CR each end one.
private struct Lines {
    private let bytes: [UInt8]
    private let ends: [Int]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes
        ends = bytes.indices.filter { index in
            let isPair = index + 1 < bytes.count && bytes[index + 1] == 0x0a
            return bytes[index] == 0x0a || (bytes[index] == 0x0d && !isPair)
        }
    }

    func number(at offset: Int) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return 1 + low
    }

    func found(at offset: Int) -> String {
        guard let scalar = String(decoding: bytes[offset...], as: UTF8.self).unicodeScalars.first else {
            return "the end of the file"
        }
        return Redaction.quoted(String(Character(scalar)))
    }
}

internal import Reconciliation

/// JSON that was received: bodies of sends and of the control plane.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    subscript(_ key: String) -> JSONValue? {
        if case .object(let fields) = self { fields[key] } else { nil }
    }

    var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    /// A whole number; times in milliseconds fit a double's 53 bits.
    var integer: Int64? {
        number.flatMap { Int64(exactly: $0) }
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    var object: [String: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Milliseconds since 1970, or an ISO 8601 time (Korean without an offset).
    var time: Int64? {
        integer ?? string.flatMap(KoreanTime.parse)
    }
}

extension JSONValue {
    /// Reads a whole document; nil where it is not JSON, or a text in it is none. Of members with one name the last counts.
    static func parse(_ bytes: [UInt8]) -> JSONValue? {
        JSONDocument(bytes).flatMap { JSONValue($0.root) }
    }

    private init?(_ node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .yes: self = .bool(true)
        case .no: self = .bool(false)
        case .number:
            guard let number = node.number else { return nil }
            self = .number(number)
        case .string, .escapedString:
            guard let text = node.text else { return nil }
            self = .string(text)
        case .array:
            var elements: [JSONValue] = []
            for element in node.elements ?? [] {
                guard let value = JSONValue(element) else { return nil }
                elements.append(value)
            }
            self = .array(elements)
        case .object:
            var fields: [String: JSONValue] = [:]
            for member in node.members ?? [] {
                guard let name = member.name.text, let value = JSONValue(member.value) else { return nil }
                fields[name] = value
            }
            self = .object(fields)
        }
    }
}

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

internal import FoundationEssentials

/// Small collections in a column: sorted, so that the same value is always the same text.
enum JSONColumn {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("texts and numbers can be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Nil when it is not JSON of that type.
    static func read<Value: Decodable>(_ text: String?, as type: Value.Type = Value.self) -> Value? {
        text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}

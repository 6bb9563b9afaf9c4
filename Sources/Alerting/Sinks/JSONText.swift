internal import FoundationEssentials

/// JSON as the sinks send it: the same bytes for the same value.
enum JSONText {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            // Only numbers that JSON does not know make it throw, and there are none.
            preconditionFailure("a payload cannot be written as JSON: \(error)")
        }
    }
}

extension KeyedDecodingContainer {
    /// A text that may be missing or null, or a number where the documentation has a text.
    /// - Throws: for anything else.
    func text(_ key: Key) throws -> String? {
        // The error of a mismatch costs far more than the rest, so what is expected comes first.
        do {
            return try decodeIfPresent(String.self, forKey: key)
        } catch let mismatch {
            if let number = try? decode(Int64.self, forKey: key) { return String(number) }
            if let number = try? decode(UInt64.self, forKey: key) { return String(number) }
            guard let number = try? decode(Double.self, forKey: key), number.isFinite else { throw mismatch }
            return number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
        }
    }

    /// The same for what nothing depends on: nil for anything that is no text.
    func textOrNil(_ key: Key) -> String? {
        (try? text(key)).flatMap { $0 }
    }
}

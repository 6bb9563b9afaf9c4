#if MySQL
    /// A statement as MySQL's protocol wants it: a `?` for each parameter, in the order in which they occur.
    struct MySQLStatementText {
        private(set) var sql = ""
        /// For each `?`, which of the values it stands for, counted from 0.
        private(set) var values: [Int] = []

        /// - Parameter text: with `?1`, `?2` …; what is within quotes is left as it is.
        init(_ text: String) {
            var bytes: [UInt8] = []
            var quote: UInt8?
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                bytes.append(byte)
                if quote != nil {
                    // A quote that is doubled ends and begins again.
                    if byte == quote { quote = nil }
                } else if Self.quotes.contains(byte) {
                    quote = byte
                } else if byte == UInt8(ascii: "?") {
                    let digits = rest.prefix { (0x30...0x39).contains($0) }
                    guard let number = Int(String(decoding: digits, as: UTF8.self)), number > 0 else { continue }
                    values.append(number - 1)
                    rest.removeFirst(digits.count)
                }
            }
            sql = String(decoding: bytes, as: UTF8.self)
        }

        private static let quotes: Set<UInt8> = [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`")]
    }
#endif

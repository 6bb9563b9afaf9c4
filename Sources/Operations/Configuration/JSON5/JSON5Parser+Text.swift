/// Strings and bare keys.
extension JSON5Parser {
    mutating func string() throws(JSON5Error) -> String {
        let start = line
        let quote = current
        var text = String.UnicodeScalarView()
        advance()
        while current != quote {
            guard let scalar = current, scalar != "\n", scalar != "\r" else {
                throw error("a string that begins here does not end on its line", line: start)
            }
            if scalar == "\\" {
                advance()
                if let escaped = try escape() { text.append(escaped) }
            } else {
                text.append(scalar)
                advance()
            }
        }
        advance()
        return String(text)
    }

    /// What follows a backslash; nil for an escaped line end, which stands for nothing.
    private mutating func escape() throws(JSON5Error) -> Unicode.Scalar? {
        guard let scalar = current else { throw unexpected("expected the rest of an escape") }
        if scalar == "u" {
            advance()
            return try unicodeEscape()
        }
        if Self.endsLine(scalar) {
            let isPair = scalar == "\r" && next == "\n"
            advance()
            if isPair { advance() }
            return nil
        }
        advance()
        switch scalar {
        case "b": return "\u{08}"
        case "f": return "\u{0c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0b}"
        case "x": return Unicode.Scalar(UInt8(truncatingIfNeeded: try hexadecimal(2)))
        case "0":
            if let current, ("0"..."9").contains(current) { throw error("an octal escape in a string") }
            return "\0"
        case "1"..."9": throw error("an octal escape in a string")
        default: return scalar
        }
    }

    /// The scalar of `XXXX`, or of a surrogate pair `XXXX\uXXXX`.
    private mutating func unicodeEscape() throws(JSON5Error) -> Unicode.Scalar {
        let first = try hexadecimal(4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xdc00, current == "\\", next == "u" {
            advance()
            advance()
            let second = try hexadecimal(4)
            if (0xdc00...0xdfff).contains(second),
                let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
            {
                return scalar
            }
        }
        throw error("a \\u escape that is half a surrogate pair")
    }

    private mutating func hexadecimal(_ count: Int) throws(JSON5Error) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = current?.hexadecimalValue else {
                throw unexpected("expected \(count) hexadecimal digits in an escape")
            }
            value = value << 4 | digit
            advance()
        }
        return value
    }

    /// A bare word. `expectation` is the error's text where there is none.
    mutating func identifier(_ expectation: String) throws(JSON5Error) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = current {
            var accepted = scalar
            if scalar == "\\" {
                guard next == "u" else { break }
                advance()
                advance()
                accepted = try unicodeEscape()
                guard Self.continuesName(accepted, isFirst: text.isEmpty) else {
                    throw error("an escaped character that cannot be part of a bare key")
                }
            } else {
                guard Self.continuesName(scalar, isFirst: text.isEmpty) else { break }
                advance()
            }
            text.append(accepted)
        }
        if text.isEmpty { throw unexpected(expectation) }
        return String(text)
    }

    static func continuesName(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        if scalar == "$" || scalar == "_" || scalar.properties.isIDStart { return true }
        return !isFirst && (scalar.properties.isIDContinue || scalar == "\u{200c}" || scalar == "\u{200d}")
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII hexadecimal digit.
    fileprivate var hexadecimalValue: UInt32? {
        properties.isASCIIHexDigit ? Character(self).hexDigitValue.map(UInt32.init) : nil
    }
}

/// Why a text is not JSON, and where.
package struct JSONFlaw: Error, Equatable {
    /// So many bytes before it.
    package var offset: Int
    /// Shows nothing of the text but keys.
    package var message: String
    /// Whether it helps to say what was found there.
    package var isUnexpected = false
}

/// Reads JSON into the flat list of a `JSONDocument`, in one of its dialects: structure by the letter of RFC 8259, or of
/// JSON5 (json5.org, version 1.0.0), which people write by hand.
///
/// In JSON what is in a string is looked at when it is asked for: half an emoji in a text that nobody reads is no reason
/// to throw a report away. In JSON5 everything is looked at, for whoever wrote it to mend.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let isJSON5: Bool
    private var position = 0
    private var depth = 0
    private var values: [JSONDocument.Value] = []

    static func values(of bytes: [UInt8], isJSON5: Bool) throws(JSONFlaw) -> [JSONDocument.Value] {
        guard bytes.count < UInt32.max else { throw JSONFlaw(offset: 0, message: "longer than anybody means") }
        return try bytes.withUnsafeBufferPointer { buffer throws(JSONFlaw) in
            var reader = JSONReader(buffer, isJSON5)
            try reader.readAll()
            return reader.values
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ isJSON5: Bool) {
        self.bytes = bytes
        self.isJSON5 = isJSON5
        values.reserveCapacity(bytes.count / 12)
    }

    private mutating func readAll() throws(JSONFlaw) {
        try skipSpace()
        if byte == nil { throw flaw("nothing in it; the least is {}") }
        try value()
        try skipSpace()
        if byte != nil { throw unexpected("expected the end of the file") }
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }
    private var nextByte: UInt8? { position + 1 < bytes.count ? bytes[position + 1] : nil }

    private func flaw(_ message: String, at offset: Int? = nil) -> JSONFlaw {
        JSONFlaw(offset: offset ?? position, message: message)
    }

    private func unexpected(_ expectation: String) -> JSONFlaw {
        JSONFlaw(offset: position, message: expectation, isUnexpected: true)
    }

    // MARK: Structure

    private mutating func value() throws(JSONFlaw) {
        try skipSpace()
        switch byte {
        case UInt8(ascii: "{"):
            try nested(.object, UInt8(ascii: "}")) { reader throws(JSONFlaw) in try reader.member() }
        case UInt8(ascii: "["):
            try nested(.array, UInt8(ascii: "]")) { reader throws(JSONFlaw) in try reader.value() }
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: try number()
        case UInt8(ascii: "+") where isJSON5, UInt8(ascii: ".") where isJSON5: try number()
        case nil: throw unexpected("expected a value")
        default: if isQuote { try string() } else { try word() }
        }
    }

    private mutating func nested(
        _ kind: JSONDocument.Kind, _ closing: UInt8, _ part: (inout JSONReader) throws(JSONFlaw) -> Void
    ) throws(JSONFlaw) {
        guard depth < JSONScan.maximumDepth else { throw flaw("nested more than \(JSONScan.maximumDepth) deep") }
        depth += 1
        let place = values.count
        append(kind, from: position)
        position += 1
        var mayEnd = true
        while true {
            try skipSpace()
            if mayEnd, byte == closing { break }
            try part(&self)
            try skipSpace()
            if byte == closing { break }
            guard byte == UInt8(ascii: ",") else {
                throw unexpected("expected \",\" or \"\(Character(Unicode.Scalar(closing)))\"")
            }
            position += 1
            mayEnd = isJSON5
        }
        position += 1
        depth -= 1
        values[place].end = UInt32(position)
        values[place].next = UInt32(values.count)
    }

    private mutating func member() throws(JSONFlaw) {
        if isQuote {
            try string()
        } else {
            guard isJSON5 else { throw unexpected("expected a key or \"}\"") }
            let start = position
            try name("expected a key or \"}\"")
            append(bytes[start..<position].contains(UInt8(ascii: "\\")) ? .escapedString : .string, from: start)
        }
        try skipSpace()
        guard byte == UInt8(ascii: ":") else {
            throw unexpected("expected \":\" after the key \(Redaction.quoted(lastText ?? ""))")
        }
        position += 1
        try value()
    }

    private var lastText: String? {
        values.last.flatMap { value in
            var text = JSONText(bytes, Int(value.start)..<Int(value.end), isJSON5: isJSON5)
            return try? text.decoded()
        }
    }

    private mutating func word() throws(JSONFlaw) {
        let start = position
        try name("expected a value")
        let word = bytes[start..<position]
        if word.elementsEqual("true".utf8) {
            append(.yes, from: start)
        } else if word.elementsEqual("false".utf8) {
            append(.no, from: start)
        } else if word.elementsEqual("null".utf8) {
            append(.null, from: start)
        } else if isJSON5, Self.isNumber(word) {
            append(.number, from: start)
        } else {
            throw flaw("expected a value; a text needs quotes")
        }
    }

    private static func isNumber(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        word.elementsEqual("Infinity".utf8) || word.elementsEqual("NaN".utf8)
    }

    private mutating func append(_ kind: JSONDocument.Kind, from start: Int) {
        let next = UInt32(values.count + 1)
        values.append(.init(kind: kind, start: UInt32(start), end: UInt32(position), next: next))
    }

    // MARK: Strings and names

    private var isQuote: Bool { byte == UInt8(ascii: "\"") || (isJSON5 && byte == UInt8(ascii: "'")) }

    private mutating func string() throws(JSONFlaw) {
        let quote = byte
        position += 1
        let start = position
        var kind = JSONDocument.Kind.string
        while byte != quote {
            switch byte {
            case nil: throw flaw("a string that begins here does not end on its line", at: start)
            case 0x0a where isJSON5, 0x0d where isJSON5:
                throw flaw("a string that begins here does not end on its line", at: start)
            case UInt8(ascii: "\\"):
                kind = .escapedString
                let isPair = nextByte == 0x0d && position + 2 < bytes.count && bytes[position + 2] == 0x0a
                guard nextByte != nil else {
                    position += 1
                    throw unexpected("expected the rest of an escape")
                }
                position += isPair && isJSON5 ? 3 : 2
            case (0..<0x20)?:
                kind = .escapedString
                position += 1
            default: position += 1
            }
        }
        append(kind, from: start)
        if isJSON5, kind == .escapedString {
            var text = JSONText(bytes, start..<position, isJSON5: true)
            _ = try text.decoded()
        }
        position += 1
    }

    /// A bare word; in JSON5 in any alphabet, and with escapes in it.
    private mutating func name(_ expectation: String) throws(JSONFlaw) {
        let start = position
        while let scalar = scalar {
            if isJSON5, scalar == "\\", nextByte == UInt8(ascii: "u") {
                var text = JSONText(bytes, position + 2..<bytes.count, isJSON5: true)
                let meant = try text.unicodeEscape()
                let isFirst = position == start
                position = text.position
                guard Self.continuesName(meant, isFirst: isFirst) else {
                    throw flaw("an escaped character that cannot be part of a bare key")
                }
            } else if isJSON5 ? Self.continuesName(scalar, isFirst: position == start) : ("a"..."z").contains(scalar) {
                position += UTF8.width(scalar)
            } else {
                break
            }
        }
        if position == start { throw unexpected(expectation) }
    }

    private static func continuesName(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        if scalar == "$" || scalar == "_" || scalar.properties.isIDStart { return true }
        return !isFirst && (scalar.properties.isIDContinue || scalar == "\u{200c}" || scalar == "\u{200d}")
    }

    private var scalar: Unicode.Scalar? { JSONText.scalar(in: bytes, at: position) }

    // MARK: Numbers

    private mutating func number() throws(JSONFlaw) {
        let start = position
        if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { position += 1 }
        if isJSON5, byte == UInt8(ascii: "I") || byte == UInt8(ascii: "N") {
            let word = position
            try name("expected a number")
            guard Self.isNumber(bytes[word..<position]) else { throw flaw("expected a number") }
        } else if isJSON5, byte == UInt8(ascii: "0"), nextByte.map({ $0 | 0x20 }) == UInt8(ascii: "x") {
            position += 2
            guard skip(while: { Character(Unicode.Scalar($0)).isHexDigit }) else {
                throw unexpected("expected a hexadecimal digit")
            }
        } else {
            try decimal()
        }
        if isJSON5, byte == UInt8(ascii: ".") || scalar.map({ Self.continuesName($0, isFirst: false) }) == true {
            throw unexpected("expected the end of a number (a text needs quotes)")
        }
        append(.number, from: start)
    }

    /// JSON5 has numbers without figures before or behind the point, if not both.
    private mutating func decimal() throws(JSONFlaw) {
        let start = position
        let isWhole = skipFigures()
        if isWhole, bytes[start] == UInt8(ascii: "0"), position > start + 1 {
            throw flaw("a number that begins with 0")
        }
        guard isWhole || isJSON5 else { throw unexpected("expected a digit") }
        var isFraction = false
        if byte == UInt8(ascii: ".") {
            position += 1
            isFraction = skipFigures()
            guard isFraction || isJSON5 else { throw unexpected("expected a digit") }
        }
        guard isWhole || isFraction else { throw unexpected("expected a digit") }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            guard skipFigures() else { throw unexpected("expected the digits of an exponent") }
        }
    }

    private mutating func skipFigures() -> Bool {
        skip { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// - Returns: whether there were any.
    private mutating func skip(while isWanted: (UInt8) -> Bool) -> Bool {
        let start = position
        while let byte, isWanted(byte) { position += 1 }
        return position > start
    }

    // MARK: Space

    private mutating func skipSpace() throws(JSONFlaw) {
        while let byte {
            if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
                position += 1
            } else {
                guard isJSON5, try skipComment() || skipOtherSpace() else { return }
            }
        }
    }

    private mutating func skipComment() throws(JSONFlaw) -> Bool {
        guard byte == UInt8(ascii: "/") else { return false }
        switch nextByte {
        case UInt8(ascii: "/"):
            while let scalar, !JSONText.endsLine(scalar) { position += UTF8.width(scalar) }
            return true
        case UInt8(ascii: "*"):
            let start = position
            position += 2
            while !(byte == UInt8(ascii: "*") && nextByte == UInt8(ascii: "/")) {
                if byte == nil { throw flaw("a comment that begins here with /* never ends", at: start) }
                position += 1
            }
            position += 2
            return true
        default: return false
        }
    }

    private mutating func skipOtherSpace() -> Bool {
        guard let scalar else { return false }
        switch scalar {
        case "\u{0b}", "\u{0c}", "\u{a0}", "\u{feff}": break
        default:
            guard JSONText.endsLine(scalar) || scalar.properties.generalCategory == .spaceSeparator else {
                return false
            }
        }
        position += UTF8.width(scalar)
        return true
    }
}

/// What a string says: its backslashes undone (RFC 8259, 7; JSON5 has more of them).
struct JSONText {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let end: Int
    private let isJSON5: Bool
    private(set) var position: Int
    private var text: [UInt8] = []

    /// - Parameter range: of what stands between the quotation marks.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, isJSON5: Bool) {
        self.bytes = bytes
        self.isJSON5 = isJSON5
        position = range.lowerBound
        end = range.upperBound
    }

    static func scalar(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Unicode.Scalar? {
        guard position < bytes.count else { return nil }
        if bytes[position] < 0x80 { return Unicode.Scalar(bytes[position]) }
        var rest = bytes[position...].makeIterator()
        var decoder = UTF8()
        return if case .scalarValue(let scalar) = decoder.decode(&rest) { scalar } else { nil }
    }

    static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    /// - Throws: for a string that is none: an unknown escape, half a surrogate pair, in JSON a control character, bytes
    ///   that are not UTF-8.
    mutating func decoded() throws(JSONFlaw) -> String {
        text.reserveCapacity(end - position)
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\\") {
                try escape()
            } else {
                guard isJSON5 || byte >= 0x20 else { throw flaw("a control character in a string") }
                text.append(byte)
            }
        }
        guard let text = String(validating: text, as: UTF8.self) else { throw flaw("a string that is not UTF-8") }
        return text
    }

    private func flaw(_ message: String) -> JSONFlaw { JSONFlaw(offset: position, message: message) }

    /// What follows a backslash.
    private mutating func escape() throws(JSONFlaw) {
        guard position < end else {
            throw JSONFlaw(offset: position, message: "expected the rest of an escape", isUnexpected: true)
        }
        let mark = bytes[position]
        position += 1
        switch mark {
        case UInt8(ascii: "u"): append(try unicodeEscape())
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(mark)
        default:
            guard isJSON5 else { throw flaw("an escape that is none") }
            try laxEscape(mark)
        }
    }

    private mutating func laxEscape(_ mark: UInt8) throws(JSONFlaw) {
        switch mark {
        case UInt8(ascii: "v"): text.append(0x0b)
        case UInt8(ascii: "x"): append(Unicode.Scalar(UInt8(truncatingIfNeeded: try hexadecimal(2))))
        case UInt8(ascii: "0"):
            if position < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
                throw flaw("an octal escape in a string")
            }
            text.append(0)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): throw flaw("an octal escape in a string")
        default:
            // A line end that is escaped stands for nothing, anything else for itself.
            guard let scalar = Self.scalar(in: bytes, at: position - 1), Self.endsLine(scalar) else {
                return text.append(mark)
            }
            position += UTF8.width(scalar) - 1
            if mark == 0x0d, position < end, bytes[position] == 0x0a { position += 1 }
        }
    }

    /// The scalar of `XXXX`, or of a surrogate pair `XXXX\uXXXX`.
    mutating func unicodeEscape() throws(JSONFlaw) -> Unicode.Scalar {
        let first = try hexadecimal(4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xdc00, position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let second = try hexadecimal(4)
            if (0xdc00...0xdfff).contains(second),
                let scalar = Unicode.Scalar(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
            {
                return scalar
            }
        }
        throw flaw("a \\u escape that is half a surrogate pair")
    }

    private mutating func hexadecimal(_ count: Int) throws(JSONFlaw) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard position < end, let figure = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw JSONFlaw(
                    offset: position, message: "expected \(count) hexadecimal digits in an escape", isUnexpected: true)
            }
            value = value << 4 | UInt32(figure)
            position += 1
        }
        return value
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        text.append(contentsOf: String(Character(scalar)).utf8)
    }
}

/// Looks at a body before a decoder builds anything from it: what is too deep or has too many parts costs a decoder
/// far more memory than the bytes it came in.
package enum JSONScan {
    package static let maximumDepth = 64
    /// Members and elements. The largest honest answer, a page of 1,000 reports, has some 15,000.
    package static let maximumParts = 250_000

    package enum Finding: Equatable, Sendable {
        /// Within the bounds; whether it is JSON is the decoder's question.
        case bounded
        case empty
        case tooDeep
        case tooManyParts
        /// Has a NUL in it, as UTF-16 would.
        case notUTF8
    }

    package static func scan(_ body: [UInt8]) -> Finding {
        var depth = 0
        var parts = 0
        var inString = false
        var isEscaped = false
        var isEmpty = true
        for byte in body {
            if byte == 0 { return .notUTF8 }
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                inString = true
                isEmpty = false
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > maximumDepth { return .tooDeep }
                isEmpty = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
            case UInt8(ascii: ","):
                parts += 1
                if parts > maximumParts { return .tooManyParts }
            case 0x20, 0x09, 0x0a, 0x0d:
                break
            default:
                isEmpty = false
            }
        }
        return isEmpty ? .empty : .bounded
    }
}

/// Reads JSON into the flat list of a `JSONDocument`: structure by the letter of RFC 8259. What is in a string is looked
/// at when it is asked for: half an emoji in a text that nobody reads is no reason to throw a report away.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var values: [JSONDocument.Value] = []

    /// - Returns: nil where it is not JSON.
    static func values(of bytes: [UInt8]) -> [JSONDocument.Value]? {
        guard bytes.count < UInt32.max else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(bytes: buffer)
            reader.values.reserveCapacity(buffer.count / 12)
            guard reader.value(), reader.isAtEnd() else { return nil }
            return reader.values
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    /// `JSONScan` has bounded how deep this can go.
    private mutating func value() -> Bool {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return nested(.object, UInt8(ascii: "}")) { $0.member() }
        case UInt8(ascii: "["): return nested(.array, UInt8(ascii: "]")) { $0.value() }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return literal("true", .yes)
        case UInt8(ascii: "f"): return literal("false", .no)
        case UInt8(ascii: "n"): return literal("null", .null)
        default: return number()
        }
    }

    private mutating func nested(
        _ kind: JSONDocument.Kind, _ closing: UInt8, _ part: (inout JSONReader) -> Bool
    ) -> Bool {
        let place = values.count
        append(kind, from: position)
        position += 1
        if !take(closing) {
            repeat {
                guard part(&self) else { return false }
            } while take(UInt8(ascii: ","))
            guard take(closing) else { return false }
        }
        values[place].end = UInt32(position)
        values[place].next = UInt32(values.count)
        return true
    }

    private mutating func member() -> Bool {
        skipSpace()
        return byte == UInt8(ascii: "\"") && string() && take(UInt8(ascii: ":")) && value()
    }

    private mutating func string() -> Bool {
        position += 1
        let start = position
        var kind = JSONDocument.Kind.string
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                append(kind, from: start)
                position += 1
                return true
            case UInt8(ascii: "\\"):
                kind = .escapedString
                position += 2
            case 0..<0x20:
                kind = .escapedString
                position += 1
            default: position += 1
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        let start = position
        if byte == UInt8(ascii: "-") { position += 1 }
        let figures = position
        guard skipFigures() else { return false }
        guard bytes[figures] != UInt8(ascii: "0") || position == figures + 1 else { return false }
        if byte == UInt8(ascii: ".") {
            position += 1
            guard skipFigures() else { return false }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            guard skipFigures() else { return false }
        }
        append(.number, from: start)
        return true
    }

    /// - Returns: whether there were any.
    private mutating func skipFigures() -> Bool {
        let start = position
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func literal(_ text: StaticString, _ kind: JSONDocument.Kind) -> Bool {
        let start = position
        let end = start + text.utf8CodeUnitCount
        guard end <= bytes.count, text.withUTF8Buffer({ bytes[start..<end].elementsEqual($0) }) else { return false }
        position = end
        append(kind, from: start)
        return true
    }

    private mutating func append(_ kind: JSONDocument.Kind, from start: Int) {
        let next = UInt32(values.count + 1)
        values.append(.init(kind: kind, start: UInt32(start), end: UInt32(position), next: next))
    }

    private mutating func take(_ wanted: UInt8) -> Bool {
        skipSpace()
        guard byte == wanted else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }
}

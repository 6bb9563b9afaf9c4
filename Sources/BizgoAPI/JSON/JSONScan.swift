/// Looks at a body before a decoder builds anything from it: what is too deep or has too many parts costs a decoder
/// far more memory than the bytes it came in.
enum JSONScan {
    static let maximumDepth = 64
    /// Members and elements. The largest honest answer, a page of 1,000 reports, has some 15,000.
    static let maximumParts = 250_000

    enum Finding: Equatable, Sendable {
        /// Within the bounds; whether it is JSON is the decoder's question.
        case bounded
        case empty
        case tooDeep
        case tooManyParts
        /// Has a NUL in it, as UTF-16 would.
        case notUTF8
    }

    static func scan(_ body: [UInt8]) -> Finding {
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

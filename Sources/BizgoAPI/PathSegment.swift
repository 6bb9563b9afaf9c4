/// A text as exactly one segment of a URL's path.
enum PathSegment {
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// Everything but RFC 3986's unreserved characters is percent-encoded, byte by byte in UTF-8. Says nothing of
    /// `.` and `..`, which no encoding makes harmless: see `MessageKey.canBeAsked`.
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

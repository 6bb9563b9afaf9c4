/// Writes JSON bytes in one pass, without an intermediate tree. The caller keeps the nesting right.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    mutating func object(_ key: String? = nil, _ content: (inout JSONWriter) -> Void) {
        nested(key, UInt8(ascii: "{"), UInt8(ascii: "}"), content)
    }

    mutating func array(_ key: String? = nil, _ content: (inout JSONWriter) -> Void) {
        nested(key, UInt8(ascii: "["), UInt8(ascii: "]"), content)
    }

    mutating func field(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Leaves the field out where there is no value, as the provider does.
    mutating func field(_ name: String, ifPresent value: String?) {
        if let value { field(name, value) }
    }

    mutating func field(_ name: String, _ value: Int64) {
        key(name)
        literal(String(value))
    }

    mutating func field(_ name: String, _ value: Int) {
        field(name, Int64(value))
    }

    mutating func field(_ name: String, _ value: Bool) {
        key(name)
        literal(value ? "true" : "false")
    }

    mutating func null(_ name: String) {
        key(name)
        literal("null")
    }

    mutating func time(_ name: String, _ time: Int64, milliseconds: Bool = false) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        KoreanTime.append(time, milliseconds: milliseconds, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// An array element that is JSON already.
    mutating func element(_ json: String) {
        comma()
        literal(json)
    }

    private mutating func nested(
        _ name: String?, _ open: UInt8, _ close: UInt8, _ content: (inout JSONWriter) -> Void
    ) {
        if let name { key(name) } else { comma() }
        bytes.append(open)
        needsComma = false
        content(&self)
        bytes.append(close)
        needsComma = true
    }

    /// Names are ours and need no escaping.
    private mutating func key(_ name: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        literal(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func literal(_ text: String) {
        var text = text
        // All at once: going through the characters of a string costs more than everything else in an answer.
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func string(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { characters in
            if characters.contains(where: Self.needsEscape) {
                for character in characters { escape(character) }
            } else {
                bytes.append(contentsOf: characters)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ character: UInt8) -> Bool {
        character < 0x20 || character == UInt8(ascii: "\"") || character == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            bytes.append(contentsOf: "\\u00".utf8)
            let hex = Array("0123456789abcdef".utf8)
            bytes.append(hex[Int(byte >> 4)])
            bytes.append(hex[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}

import Engine

/// Puts a response's headers together from the lines libcurl hands over: those of the last response, since interim
/// ones (1xx) come first.
struct HeaderReader {
    /// libcurl bounds one line and, in later versions, all of them; this bounds all of them in every version.
    static let maximumBytes = 256 << 10

    private(set) var headers: [HTTPHeader] = []
    private var byteCount = 0

    /// - Returns: false when it is too much.
    mutating func read(_ line: UnsafeRawBufferPointer) -> Bool {
        byteCount += line.count
        guard byteCount <= Self.maximumBytes else { return false }
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll()
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let value = Self.trimmed(line[(colon + 1)...])
            headers.append(HTTPHeader(name, String(decoding: value, as: UTF8.self)))
        }
        return true
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}

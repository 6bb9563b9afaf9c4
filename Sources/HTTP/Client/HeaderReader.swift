import Engine

/// Puts a response's headers together from the lines libcurl hands over: those of the last response, since interim
/// ones (1xx) come first. What follows a body (trailers) is none of them.
struct HeaderReader {
    /// libcurl bounds one line and, in later versions, all of them; this bounds all of them in every version.
    static let maximumBytes = 256 << 10

    private(set) var headers: [HTTPHeader] = []
    /// What is wrong with how an HTTP/1 response says where its body ends.
    private(set) var flaw: String?
    private var byteCount = 0
    private var isInHead = false
    /// HTTP/2 has frames for it.
    private var isFramedByHeaders = false
    private var framing = Framing()

    /// - Returns: false when it is too much.
    mutating func read(_ line: UnsafeRawBufferPointer) -> Bool {
        byteCount += line.count
        guard byteCount <= Self.maximumBytes else { return false }
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll()
            framing = Framing()
            isInHead = true
            isFramedByHeaders = line.starts(with: "HTTP/1".utf8)
        } else if isInHead {
            readInHead(line)
        }
        return true
    }

    private mutating func readInHead(_ line: UnsafeRawBufferPointer) {
        let text = Self.trimmed(line[...])
        if text.isEmpty {
            isInHead = false
        } else if line[0] == 0x20 || line[0] == 0x09 {
            // An old way to go on with a value.
            let isHarmless = headers.last.map { !Framing.isAbout($0.name) } == true
            note(isHarmless ? nil : "a folded line where its length is said")
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            let value = String(decoding: Self.trimmed(line[(colon + 1)...]), as: UTF8.self)
            headers.append(HTTPHeader(name, value))
            note(name.utf8.allSatisfy(HTTPRequest.isToken) ? framing.add(name, value) : "a header's name that is none")
        } else {
            note("a line among its headers that is none")
        }
    }

    private mutating func note(_ finding: String?) {
        if isFramedByHeaders, flaw == nil { flaw = finding }
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}

/// Where an HTTP/1 response says its body ends (RFC 9112, 6.3), read more strictly than libcurl does, which takes the
/// last of several lengths, and of a length what figures it begins with.
private struct Framing {
    private static let mostFigures = 20

    private var length: String?
    private var encoding: String?

    private static func isFigure(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    static func isAbout(_ name: String) -> Bool {
        ["content-length", "transfer-encoding"].contains(name.lowercased())
    }

    /// - Returns: what is wrong with it.
    mutating func add(_ name: String, _ value: String) -> String? {
        switch name.lowercased() {
        case "content-length":
            for part in value.split(separator: ",", omittingEmptySubsequences: false) {
                let figures = part.filter { $0 != " " && $0 != "\t" }
                guard (1...Self.mostFigures).contains(figures.count), part.contains(figures),
                    figures.allSatisfy(Self.isFigure)
                else { return "a Content-Length that is none" }
                guard length == nil || length == figures else { return "two Content-Lengths that differ" }
                length = figures
            }
        case "transfer-encoding":
            guard encoding == nil else { return "two Transfer-Encodings" }
            guard value.lowercased() == "chunked" else { return "a Transfer-Encoding other than chunked" }
            encoding = value
        default: return nil
        }
        return length != nil && encoding != nil ? "Content-Length beside Transfer-Encoding" : nil
    }
}

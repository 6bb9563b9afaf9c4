/// Reads JSON5 (json5.org, version 1.0.0) and remembers the line of everything.
///
/// Its own parser because `JSONDecoder` of FoundationEssentials 6.3 names no place in a syntax error, drops duplicate
/// keys without a word, and refuses parts of JSON5 (escaped bare keys, `\v`, no-break space).
struct JSON5Parser {
    /// Deeper nesting is refused, so that recursion is bounded.
    static let deepest = 64

    let scalars: [Unicode.Scalar]
    var position = 0
    var line = 1
    private var depth = 0

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    static func parse(_ text: String) throws(JSON5Error) -> ConfigNode {
        var parser = JSON5Parser(text)
        try parser.skipSpace()
        if parser.current == nil { throw parser.error("nothing in it; the least is {}") }
        let node = try parser.node()
        try parser.skipSpace()
        if parser.current != nil { throw parser.unexpected("expected the end of the file") }
        return node
    }

    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }
    var next: Unicode.Scalar? { position + 1 < scalars.count ? scalars[position + 1] : nil }

    /// Moves on by one scalar; LF, CRLF and CR each end one line, as editors count them.
    mutating func advance() {
        if current == "\n" || (current == "\r" && next != "\n") { line += 1 }
        position += 1
    }

    func error(_ message: String, line: Int? = nil) -> JSON5Error {
        JSON5Error(line: line ?? self.line, message: message)
    }

    func unexpected(_ expectation: String) -> JSON5Error {
        guard let current else { return error("\(expectation), found the end of the file") }
        return error("\(expectation), found \(ConfigValue.quoted(String(Character(current))))")
    }

    mutating func node() throws(JSON5Error) -> ConfigNode {
        let start = line
        guard let current else { throw unexpected("expected a value") }
        switch current {
        case "{": return ConfigNode(line: start, value: .object(try nested { p throws(JSON5Error) in try p.members() }))
        case "[": return ConfigNode(line: start, value: .array(try nested { p throws(JSON5Error) in try p.elements() }))
        case "\"", "'": return ConfigNode(line: start, value: .string(try string()))
        case "+", "-", ".", "0"..."9": return ConfigNode(line: start, value: .number(try number()))
        default: return ConfigNode(line: start, value: try word())
        }
    }

    private mutating func nested<T>(
        _ body: (inout JSON5Parser) throws(JSON5Error) -> T
    ) throws(JSON5Error) -> T {
        depth += 1
        if depth > Self.deepest { throw error("nested more than \(Self.deepest) deep") }
        advance()
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func members() throws(JSON5Error) -> [ConfigMember] {
        var members: [ConfigMember] = []
        while true {
            try skipSpace()
            if current == "}" { break }
            let keyLine = line
            let key = try key()
            try skipSpace()
            if current != ":" { throw unexpected("expected \":\" after the key \(ConfigValue.quoted(key))") }
            advance()
            try skipSpace()
            members.append(ConfigMember(key: key, line: keyLine, node: try node()))
            try skipSpace()
            if current == "," { advance() } else if current != "}" { throw unexpected("expected \",\" or \"}\"") }
        }
        advance()
        return members
    }

    private mutating func elements() throws(JSON5Error) -> [ConfigNode] {
        var elements: [ConfigNode] = []
        while true {
            try skipSpace()
            if current == "]" { break }
            elements.append(try node())
            try skipSpace()
            if current == "," { advance() } else if current != "]" { throw unexpected("expected \",\" or \"]\"") }
        }
        advance()
        return elements
    }

    private mutating func key() throws(JSON5Error) -> String {
        switch current {
        case "\"", "'": try string()
        default: try identifier("expected a key or \"}\"")
        }
    }

    /// `true`, `false`, `null`, and the two numbers that are words.
    private mutating func word() throws(JSON5Error) -> ConfigValue {
        switch try identifier("expected a value") {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case "Infinity": return .number(.infinity)
        case "NaN": return .number(.nan)
        default: throw error("expected a value; a text needs quotes")
        }
    }

    /// White space and comments.
    mutating func skipSpace() throws(JSON5Error) {
        while let scalar = current {
            if scalar == "/", next == "/" {
                while let inside = current, !Self.endsLine(inside) { advance() }
            } else if scalar == "/", next == "*" {
                try skipBlockComment()
            } else if Self.isSpace(scalar) {
                advance()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(JSON5Error) {
        let start = line
        advance()
        advance()
        while !(current == "*" && next == "/") {
            if current == nil { throw error("a comment that begins here with /* never ends", line: start) }
            advance()
        }
        advance()
        advance()
    }

    static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\u{0b}", "\u{0c}", "\u{a0}", "\u{feff}": true
        default: endsLine(scalar) || scalar.properties.generalCategory == .spaceSeparator
        }
    }
}

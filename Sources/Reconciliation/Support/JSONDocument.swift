/// JSON read in one pass into a flat list of its values, of which only those asked for become texts. A quarter of the
/// time of `JSONDecoder`: a page of the history has 15,000 values, and the reconciler wants a third of them.
package final class JSONDocument: Sendable {
    package enum Kind: UInt8 {
        case object
        case array
        case string
        /// A string with a backslash in it, or with what may not be in one.
        case escapedString
        case number
        case yes
        case no
        case null
    }

    struct Value {
        var kind: Kind
        /// Where its bytes are; of a string those between the quotation marks.
        var start: UInt32
        var end: UInt32
        /// The place of the first value behind it and all that is in it. Members are two values, name and value.
        var next: UInt32
    }

    let bytes: [UInt8]
    let values: [Value]
    fileprivate let isJSON5: Bool

    private init(_ bytes: [UInt8], isJSON5: Bool) throws(JSONFlaw) {
        values = try JSONReader.values(of: bytes, isJSON5: isJSON5)
        self.bytes = bytes
        self.isJSON5 = isJSON5
    }

    /// - Returns: nil where it is not JSON (RFC 8259), or nested deeper than `JSONScan.maximumDepth`.
    package convenience init?(_ bytes: [UInt8]) {
        try? self.init(bytes, isJSON5: false)
    }

    /// - Throws: where it is not JSON5, or nested as deep.
    package convenience init(json5 text: String) throws(JSONFlaw) {
        try self.init(Array(text.utf8), isJSON5: true)
    }

    package var root: JSONNode { JSONNode(self, 0) }

    /// The object that foreign bytes are, within the bounds of `JSONScan`; nil for anything else.
    package static func object(in bytes: [UInt8]) -> JSONNode? {
        guard JSONScan.scan(bytes) == .bounded, let root = JSONDocument(bytes)?.root, root.isObject else { return nil }
        return root
    }

    /// The same bytes but for a mark before them, which says nothing of JSON (RFC 8259, 8.1).
    package static func withoutByteOrderMark(_ bytes: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        return bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    }
}

/// One value of a document.
package struct JSONNode {
    private let document: JSONDocument
    private let place: Int

    fileprivate init(_ document: JSONDocument, _ place: Int) {
        self.document = document
        self.place = place
    }

    private var value: JSONDocument.Value { document.values[place] }

    package var kind: JSONDocument.Kind { value.kind }

    /// So many bytes stand before it, or before what is in its quotation marks.
    package var offset: Int { Int(value.start) }

    package var isNull: Bool { value.kind == .null }
    package var isObject: Bool { value.kind == .object }

    /// Nil for what is neither true nor false.
    package var bool: Bool? {
        switch value.kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The member of that name; nil where there is none, and for what is no object. Of several the first.
    package func member(_ name: StaticString) -> JSONNode? {
        guard isObject else { return nil }
        return document.place(of: name, after: place, before: Int(value.next)).map { JSONNode(document, $0) }
    }

    /// The elements; nil for what is no array.
    package var elements: [JSONNode]? {
        guard value.kind == .array else { return nil }
        var elements: [JSONNode] = []
        var place = place + 1
        while place < Int(value.next) {
            elements.append(JSONNode(document, place))
            place = Int(document.values[place].next)
        }
        return elements
    }

    /// The members in their order, also those of the same name; nil for what is no object.
    package var members: [(name: JSONNode, value: JSONNode)]? {
        guard isObject else { return nil }
        var members: [(name: JSONNode, value: JSONNode)] = []
        var place = place + 1
        while place < Int(value.next) {
            members.append((JSONNode(document, place), JSONNode(document, place + 1)))
            place = Int(document.values[place + 1].next)
        }
        return members
    }

    /// Nil for what is no number. One too large is infinite, one too small is zero.
    package var number: Double? {
        guard kind == .number, let text = document.plain(value) else { return nil }
        return Double(text) ?? (text.contains("e-") || text.contains("E-") ? 0 : .infinity)
    }

    /// A string, or a number where the documentation has a text; nil for anything else, as a string that is not UTF-8 or
    /// wrongly escaped.
    package var text: String? {
        switch value.kind {
        case .string: document.plain(value)
        case .escapedString: document.escaped(value)
        case .number: document.plain(value).flatMap(Self.plainNumber)
        case .object, .array, .yes, .no, .null: nil
        }
    }

    /// Whole numbers are written without fraction and exponent, however they came.
    private static func plainNumber(_ text: String) -> String? {
        if Int64(text) != nil || UInt64(text) != nil { return text }
        guard let number = Double(text), number.isFinite else { return nil }
        return Int64(exactly: number).map { String($0) } ?? String(number)
    }
}

extension JSONDocument {
    fileprivate func plain(_ value: Value) -> String? {
        String(validating: bytes[Int(value.start)..<Int(value.end)], as: UTF8.self)
    }

    fileprivate func escaped(_ value: Value) -> String? {
        bytes.withUnsafeBufferPointer { JSONText.decoded($0, value, isJSON5) }
    }

    /// The place of a member's value. Where most of the time is spent, so without a reference counted on the way.
    fileprivate func place(of name: StaticString, after object: Int, before end: Int) -> Int? {
        values.withUnsafeBufferPointer { values in
            bytes.withUnsafeBytes { bytes in
                var place = object + 1
                while place < end {
                    if isName(values[place], name, bytes) { return place + 1 }
                    place = Int(values[place + 1].next)
                }
                return nil
            }
        }
    }

    private func isName(_ value: Value, _ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let found = UnsafeRawBufferPointer(rebasing: bytes[Int(value.start)..<Int(value.end)])
        if value.kind == .escapedString {
            return JSONText.decoded(bytes.bindMemory(to: UInt8.self), value, isJSON5) == name.description
        }
        guard found.count == name.utf8CodeUnitCount else { return false }
        return found.elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: found.count))
    }
}

extension JSONText {
    fileprivate static func decoded(
        _ bytes: UnsafeBufferPointer<UInt8>, _ value: JSONDocument.Value, _ isJSON5: Bool
    ) -> String? {
        var text = JSONText(bytes, Int(value.start)..<Int(value.end), isJSON5: isJSON5)
        return try? text.decoded()
    }
}

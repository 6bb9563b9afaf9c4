import Glibc

/// JSON read in one pass into a flat list of its values, of which only those asked for become texts. A quarter of the
/// time of `JSONDecoder`: a page of the history has 15,000 values, and the reconciler wants a third of them.
final class JSONDocument: Sendable {
    enum Kind: UInt8 {
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

    /// - Parameter bytes: found to be within bounds by `JSONScan`.
    /// - Returns: nil where it is not JSON (RFC 8259).
    init?(_ bytes: [UInt8]) {
        guard let values = JSONReader.values(of: bytes) else { return nil }
        self.bytes = bytes
        self.values = values
    }

    var root: JSONNode { JSONNode(self, 0) }
}

/// One value of a document.
struct JSONNode {
    private let document: JSONDocument
    private let place: Int

    init(_ document: JSONDocument, _ place: Int) {
        self.document = document
        self.place = place
    }

    private var value: JSONDocument.Value { document.values[place] }

    var isNull: Bool { value.kind == .null }
    var isObject: Bool { value.kind == .object }

    /// Nil for what is neither true nor false.
    var bool: Bool? {
        switch value.kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The member of that name; nil where there is none, and for what is no object. Of several the first.
    func member(_ name: StaticString) -> JSONNode? {
        guard isObject else { return nil }
        return document.place(of: name, after: place, before: Int(value.next)).map { JSONNode(document, $0) }
    }

    /// The elements; nil for what is no array.
    var elements: [JSONNode]? {
        guard value.kind == .array else { return nil }
        var elements: [JSONNode] = []
        var place = place + 1
        while place < Int(value.next) {
            elements.append(JSONNode(document, place))
            place = Int(document.values[place].next)
        }
        return elements
    }

    /// A string, or a number where the documentation has a text; nil for anything else, as a string that is not UTF-8 or
    /// wrongly escaped.
    var text: String? {
        switch value.kind {
        case .string: document.plain(value)
        case .escapedString: JSONEscapes.decoded(document.bytes[Int(value.start)..<Int(value.end)])
        case .number: document.plain(value).flatMap(Self.number)
        case .object, .array, .yes, .no, .null: nil
        }
    }

    /// Whole numbers are written without fraction and exponent, however they came.
    private static func number(_ text: String) -> String? {
        if Int64(text) != nil || UInt64(text) != nil { return text }
        guard let number = Double(text), number.isFinite else { return nil }
        return Int64(exactly: number).map { String($0) } ?? String(number)
    }
}

extension JSONDocument {
    fileprivate func plain(_ value: Value) -> String? {
        String(validating: bytes[Int(value.start)..<Int(value.end)], as: UTF8.self)
    }

    /// The place of a member's value. Where most of the time is spent, so without a reference counted on the way.
    fileprivate func place(of name: StaticString, after object: Int, before end: Int) -> Int? {
        values.withUnsafeBufferPointer { values in
            bytes.withUnsafeBytes { bytes in
                var place = object + 1
                while place < end {
                    if Self.isName(values[place], name, bytes) { return place + 1 }
                    place = Int(values[place + 1].next)
                }
                return nil
            }
        }
    }

    private static func isName(_ value: Value, _ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let found = UnsafeRawBufferPointer(rebasing: bytes[Int(value.start)..<Int(value.end)])
        if value.kind == .escapedString { return JSONEscapes.decoded(Array(found)[...]) == name.description }
        guard found.count == name.utf8CodeUnitCount, let start = found.baseAddress else { return false }
        return memcmp(start, name.utf8Start, found.count) == 0
    }
}

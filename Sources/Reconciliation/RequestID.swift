/// The provider's `requestId`: one send of up to 200 recipients. It is the `msgKey` of each of its messages without
/// the last three characters (.github/PROVIDER.md, "Questions").
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The send a message belongs to; nil for a key that cannot have come from one.
    package init?(of key: MessageKey) {
        let bytes = key.text.utf8
        guard bytes.count > 3, bytes.suffix(3).allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        text = String(key.text[..<bytes.index(bytes.endIndex, offsetBy: -3)])
        guard text != ".", text != ".." else { return nil }
    }

    package var description: String { text }
}

/// The provider's `msgKey`: the identity of one message to one recipient. Not personal data (.github/PROVIDER.md, "Personal
/// data and secrets"), so it may stand in logs and alerts.
package struct MessageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// In bytes. What is longer is no key: the reconciler's own tables could not hold it at every server.
    package static let longest = 768

    /// Asked about to see whether the provider answers at all. No message has this key.
    package static let probe = MessageKey("bizgo-reconciler-probe")

    package var description: String { text }

    package var isTooLong: Bool { text.utf8.count > Self.longest }

    /// Whether the provider can be asked about it: an empty key, `.` and `..` would name another path.
    package var canBeAsked: Bool { !text.isEmpty && text != "." && text != ".." }

    package static func < (left: MessageKey, right: MessageKey) -> Bool {
        left.text < right.text
    }
}

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

/// How many messages there are of a kind, and a few of their keys.
package struct KeySample: Hashable, Sendable {
    package static let mostExamples = 3

    package private(set) var count = 0
    package private(set) var examples: [MessageKey] = []

    package init() {}

    package mutating func add(_ key: MessageKey) {
        count += 1
        if examples.count < Self.mostExamples { examples.append(key) }
    }

    package mutating func add(_ other: KeySample) {
        count += other.count
        examples += other.examples.prefix(Self.mostExamples - examples.count)
    }
}

/// How many rows there are of a kind, the first few of them, and whether they are the same as another time: in no more
/// memory for a million than for one.
package struct RowTally: Hashable, Sendable {
    package static let mostExamples = 3

    package private(set) var count = 0
    package private(set) var examples: [RowLocator] = []
    /// Of all of them, in their order.
    private var checksum = 0

    package init() {}

    package mutating func add(_ row: RowLocator) {
        count += 1
        if examples.count < Self.mostExamples { examples.append(row) }
        var hasher = Hasher()
        hasher.combine(checksum)
        hasher.combine(row)
        checksum = hasher.finalize()
    }
}

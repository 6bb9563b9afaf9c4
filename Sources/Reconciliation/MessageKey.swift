/// The provider's `msgKey`: the identity of one message to one recipient. Not personal data (.github/PROVIDER.md, "Personal
/// data and secrets"), so it may stand in logs and alerts.
package struct MessageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Asked about to see whether the provider answers at all. No message has this key.
    package static let probe = MessageKey("bizgo-reconciler-probe")

    package var description: String { text }

    /// Whether the provider can be asked about it: an empty key, `.` and `..` would name another path.
    package var canBeAsked: Bool { !text.isEmpty && text != "." && text != ".." }

    package static func < (left: MessageKey, right: MessageKey) -> Bool {
        left.text < right.text
    }
}

/// A value that must not be seen: printing, interpolating, dumping or reflecting it shows nothing of it.
package struct Secret: Sendable, Hashable {
    private let content: String

    package init(_ content: String) {
        self.content = content
    }

    /// The value itself, for the one place that hands it to the provider, a sink or a database server.
    package func reveal() -> String { content }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

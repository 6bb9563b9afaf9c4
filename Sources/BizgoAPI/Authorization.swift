/// The value of the header `Authorization`: generation `comm`'s key, or `omni`'s scheme and token. Printing,
/// interpolating or reflecting it shows nothing of it.
struct Authorization: Equatable, Sendable {
    let header: String

    init(_ header: String) {
        self.header = header
    }
}

extension Authorization: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "(secret)" }
    var debugDescription: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

internal import Glibc

/// Something the simulator cannot do, in a sentence that says what to do about it.
package struct SimulatorError: Error, CustomStringConvertible, Equatable {
    /// The sentence.
    package var description: String

    /// Wraps a sentence.
    package init(_ description: String) {
        self.description = description
    }

    static func reason(_ code: Int32 = errno) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

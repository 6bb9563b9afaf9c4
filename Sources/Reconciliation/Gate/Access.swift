/// Whether a provider lets us in.
package enum Access: Hashable, Sendable {
    case granted
    /// It has to be obtained first.
    case lacking
    /// It could not be obtained, and must not be tried again before then (monotonic time).
    case withheld(until: Duration)
}

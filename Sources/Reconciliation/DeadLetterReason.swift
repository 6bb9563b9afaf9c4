/// Why a row is a dead letter.
package enum DeadLetterReason: String, CaseIterable, Sendable {
    /// The provider reported a failure.
    case reported
    /// No final report, though the provider was asked after the deadline.
    case stale
    /// As `stale`, but the last word was a code that leaves the outcome open.
    case uncertain
    /// Out of the provider's window before any answer was had.
    case unverifiable

    /// Whether the provider may still come to know better, so that it is asked daily.
    package var isWatched: Bool { self == .stale || self == .uncertain }
}

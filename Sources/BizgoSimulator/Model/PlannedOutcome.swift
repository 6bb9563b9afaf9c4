/// What is going to become of an accepted message.
package enum PlannedOutcome: String, Sendable, CaseIterable {
    /// Delivered on the first channel.
    case delivered
    /// Failed with one of the configured codes, no further channel tried.
    case failed
    /// The provider itself cannot tell: one report with an uncertain code.
    case uncertain
    /// No report, ever.
    case inFlight = "in_flight"
    /// The first channel fails, the second delivers.
    case fallbackDelivered = "fallback_delivered"
    /// Every channel fails, one after the other.
    case fallbackFailed = "fallback_failed"
    /// The first channel fails, the second never reports.
    case fallbackInFlight = "fallback_in_flight"
    /// Refused because the account was suspended when it was sent: report code 64008.
    case suspended

    /// Whether the outcome needs a second channel.
    package var needsFallback: Bool {
        switch self {
        case .fallbackDelivered, .fallbackFailed, .fallbackInFlight: true
        case .delivered, .failed, .uncertain, .inFlight, .suspended: false
        }
    }
}

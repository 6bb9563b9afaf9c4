internal import Reconciliation

/// How long to wait after a notification was not taken.
enum DeliveryBackoff {
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(600)
    static let longestRetryAfter = Duration.seconds(3600)

    /// 5 s, 10 s, 20 s … 10 min; the receiver's wish where it is longer, up to an hour. What cannot succeed
    /// before people act is tried every 10 min: they do not tell us when they have.
    /// - Parameters:
    ///   - failures: in a row, this one included.
    ///   - longest: for a receiver that must hear sooner than every 10 min, lest it take an alert to be over.
    static func delay(
        failures: Int, retryAfter: Duration?, permanent: Bool, longest: Duration = DeliveryBackoff.longest
    ) -> Duration {
        var delay = longest
        if !permanent {
            delay = first
            for _ in 1..<max(failures, 1) where delay < longest { delay *= 2 }
        }
        return max(min(delay, longest), min(retryAfter ?? .zero, longestRetryAfter))
    }
}

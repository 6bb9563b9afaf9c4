import Reconciliation

/// `data.expired` of a token, which comes in more than one form (open: .github/PROVIDER.md).
enum TokenExpiry {
    /// How long a token is said to live.
    static let documentedLifetime = Duration.seconds(24 * 3600)
    /// What says that a token lives no longer is not believed: clocks differ, and to ask for tokens without end would
    /// be worse than a token that is refused.
    static let shortestLifetime = Duration.seconds(60)
    private static let longestMargin = Duration.seconds(300)

    /// For how long a token that was issued just now may be used: a margin less than it lives. What cannot be read or
    /// cannot be believed counts as the documented lifetime.
    static func useful(_ expired: String?, at now: Timestamp) -> Duration {
        var lifetime = documentedLifetime
        if let end = expired.flatMap(time), end - now >= shortestLifetime { lifetime = min(lifetime, end - now) }
        return lifetime - min(longestMargin, lifetime / 10)
    }

    /// ISO 8601, `yyyyMMddHHmmss`, seconds or milliseconds since 1970. A time without offset is Korean.
    static func time(_ text: String) -> Timestamp? {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber else { return Timestamp(iso8601: text, defaultOffset: KoreanTime.offset) }
        switch text.utf8.count {
        case 10: return Int64(text).map { Timestamp(seconds: $0) }
        case 13: return Int64(text).map { Timestamp(milliseconds: $0) }
        case 14: return Timestamp(iso8601: "\(text.prefix(8))T\(text.suffix(6))", defaultOffset: KoreanTime.offset)
        default: return nil
        }
    }
}

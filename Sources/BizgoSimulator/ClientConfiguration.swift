/// Who gets tokens of generation `omni`, and what they are like.
package struct ClientConfiguration: Sendable {
    /// How `data.expired` is written; the documentation does not say.
    package enum Expiry: String, Sendable, CaseIterable {
        /// `2026-01-12T11:00:00+09:00`
        case iso8601
        /// `yyyyMMddHHmmss`, Korean time.
        case compact
        /// Seconds since 1970, a number.
        case unix
        /// Milliseconds since 1970, a number.
        case unixMilliseconds = "unix_ms"
        /// None at all.
        case missing
        /// A text that is no time.
        case garbage
    }

    /// `X-IB-Client-Id`
    package var id = "sim-client"
    /// `X-IB-Client-Passwd`
    package var password = "sim-password"
    /// How long a token is taken.
    package var tokenLifetimeMilliseconds: Int64 = 24 * 3_600_000
    /// See ``Expiry``.
    package var expiry = Expiry.iso8601
    /// Tokens a minute, and at once; 0 = no limit.
    package var tokensPerMinute: Double = 6

    /// The documented behaviour.
    package init() {}
}

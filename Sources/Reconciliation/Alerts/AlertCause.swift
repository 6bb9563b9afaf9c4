/// What a condition's alert is about more precisely, where people have something else to do about it than they have for
/// others of its name.
package enum AlertCause: String, Hashable, Sendable, CaseIterable {
    /// `ProviderRefused`: the key may not fetch reports, which keeps nobody from asking.
    case polling
    /// `RateLimited`: tokens are asked for too often (generation `omni`), which passes by itself.
    case token
    /// `SinkFailing`: its address leads nowhere; it was revoked, moved or mistyped.
    case address
    /// Its receiver does not take our key or token.
    case key
    /// Its receiver does not take what it is sent.
    case content
    /// The program of a command sink cannot be started.
    case program
    /// The sink is not configured any more: nobody knows whether it takes alerts.
    case gone

    /// Whether an alert without a cause means worse, so that who knows of this one has yet to hear of that.
    var isTheLesser: Bool { self == .polling }
}

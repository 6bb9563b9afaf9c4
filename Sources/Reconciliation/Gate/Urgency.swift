/// Who goes first when requests have to wait for the rate limit.
package enum Urgency: Hashable, Sendable {
    case urgent
    /// A sweep: gives way to everything else.
    case bulk
}

/// How reports come by themselves: the provider delivers them in one way, as its console says for the key.
package enum ReportArrival: Hashable, Sendable {
    /// They go to the application.
    case elsewhere
    /// They are fetched.
    case polling
    /// The daemon takes the webhook.
    case webhook

    /// What led to a settlement by a report that was kept for a while.
    package var source: Settlement.Source { self == .polling ? .polling : .webhook }
}

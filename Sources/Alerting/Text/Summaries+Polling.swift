internal import Reconciliation

/// A key that may not poll: the one refusal that keeps nobody from asking.
extension Summaries {
    static func isAboutPolling(_ alert: Alert) -> Bool {
        alert.identity.name == .providerRefused && alert.detail?.hasPrefix("polling: service A801") == true
    }

    static func firingOfPolling(_ alert: Alert) -> String {
        "Bizgo has not let us fetch reports since \(time(alert.since)) (A801): its console says WEBHOOK for this key. "
            + "Messages are still checked, one by one. First: set the key's report method to POLLING in the Bizgo "
            + "console, or api.report_method to \"webhook\" here."
    }

    static func resolvedOfPolling(_ alert: Alert) -> String {
        "Reports need not be fetched any more, or can be again. They could not \(span(alert)); messages were checked one "
            + "by one."
    }
}

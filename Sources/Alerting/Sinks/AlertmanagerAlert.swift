internal import Engine
internal import Reconciliation

/// One alert of `POST /api/v2/alerts` (prometheus.io, "Alerts API"). Labels make it the same one, so they never change
/// while it fires; annotations are what was posted last.
struct AlertmanagerAlert: Encodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String

    /// - Parameter validFor: how long it fires if nothing more is heard of it.
    init(_ notification: Notification, validFor: Duration) {
        labels = notification.labels.merging([
            "alertname": notification.name, "severity": notification.severity.rawValue,
            "instance": notification.host, "job": "bizgo-reconciler",
        ]) { _, ours in ours }
        annotations = [
            "summary": notification.summary, "count": String(notification.count), "version": notification.version,
        ]
        if !notification.examples.isEmpty {
            annotations["examples"] = notification.examples.map(\.text).joined(separator: ", ")
        }
        // One that ends before it starts is refused, and our clock may have been set back.
        startsAt = min(notification.since, notification.at).iso8601(withMilliseconds: true)
        let end = notification.state == .firing ? notification.at + validFor : notification.at
        endsAt = end.iso8601(withMilliseconds: true)
    }
}

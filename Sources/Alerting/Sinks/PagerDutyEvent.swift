internal import Engine
internal import Reconciliation

/// The body of `POST /v2/enqueue`. Our severities are PagerDuty's own.
struct PagerDutyEvent: Encodable {
    struct Payload: Encodable {
        var summary: String
        var source: String
        var severity: String
        var timestamp: String
        var component: String
        var `class`: String
        var customDetails: Details
    }

    struct Details: Encodable {
        var count: Int
        var examples: [String]
        var labels: [String: String]
        var since: String
        var version: String
    }

    var routingKey: String
    var eventAction: String
    var dedupKey: String
    var client: String
    /// A resolve needs none.
    var payload: Payload?

    /// PagerDuty's bound on a `dedup_key`.
    private static let longestKey = 255

    init(_ notification: Notification, routingKey: String) {
        self.routingKey = routingKey
        eventAction = notification.state == .firing ? "trigger" : "resolve"
        dedupKey = String(notification.dedupKey.prefix(Self.longestKey))
        client = "bizgo-reconciler"
        if notification.state == .firing { payload = Payload(notification) }
    }

    enum CodingKeys: String, CodingKey {
        case client, payload
        case routingKey = "routing_key"
        case eventAction = "event_action"
        case dedupKey = "dedup_key"
    }
}

extension PagerDutyEvent.Payload {
    init(_ notification: Notification) {
        // Far below PagerDuty's bound of 1,024 characters.
        summary = "\(notification.name): \(notification.summary)"
        source = notification.host
        severity = notification.severity.rawValue
        timestamp = notification.at.iso8601(withMilliseconds: true)
        component = "bizgo-reconciler"
        `class` = notification.name
        customDetails = PagerDutyEvent.Details(
            count: notification.count, examples: notification.examples.map(\.text), labels: notification.labels,
            since: notification.since.iso8601(withMilliseconds: true), version: notification.version)
    }

    enum CodingKeys: String, CodingKey {
        case summary, source, severity, timestamp, component, `class`
        case customDetails = "custom_details"
    }
}

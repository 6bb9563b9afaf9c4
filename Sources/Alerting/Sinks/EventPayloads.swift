internal import Engine
internal import FoundationEssentials
internal import Reconciliation

/// The generic JSON: what `webhook` and `command` are told.
struct GenericPayload: Encodable {
    var alert: String
    var state: String
    var severity: String
    var labels: [String: String]
    var summary: String
    var count: Int
    var examples: [String]
    var since: String
    var at: String
    var host: String
    var version: String
    var dedupKey: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case alert, state, severity, labels, summary, count, examples, since, at, host, version
        case dedupKey = "dedup_key"
    }

    init(_ notification: Notification) {
        alert = notification.name
        state = notification.state.rawValue
        severity = notification.severity.rawValue
        labels = notification.labels
        summary = notification.summary
        count = notification.count
        examples = notification.examples.map(\.text)
        since = notification.since.iso8601(withMilliseconds: true)
        at = notification.at.iso8601(withMilliseconds: true)
        host = notification.host
        version = notification.version
        dedupKey = notification.dedupKey
    }
}

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

/// JSON as the sinks send it: the same bytes for the same value.
enum JSONText {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            // Only numbers that JSON does not know make it throw, and there are none.
            preconditionFailure("a payload cannot be written as JSON: \(error)")
        }
    }
}

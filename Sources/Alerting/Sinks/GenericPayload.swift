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

    var json: [UInt8] { JSONText.encode(self) }
}

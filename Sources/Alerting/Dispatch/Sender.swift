package import Engine
package import Reconciliation

/// Who is speaking, in which language, and in which zone times are told: stands in every notification.
package struct Sender: Hashable, Sendable {
    package var host: String
    package var version: String
    package var language: AlertLanguage
    package var zone: Zone

    package init(host: String, version: String, language: AlertLanguage = .english, zone: Zone = .utc) {
        self.host = host
        self.version = version
        self.language = language
        self.zone = zone
    }
}

extension Notification {
    init(_ item: DeliveryPlan.Item, by sender: Sender, at now: Timestamp) {
        self.init(
            identity: item.alert.identity, kind: item.kind,
            summary: Summaries.text(item.alert, item.kind, in: sender.language, sender.zone),
            count: item.alert.count, examples: item.alert.examples, since: item.alert.since, at: now,
            host: sender.host, version: sender.version, language: sender.language, zone: sender.zone)
    }
}

/// Tells sinks something that is plainly a test, at once and past the outbox: nothing is noted anywhere.
@EventLoop
package enum SinkTest {
    /// Why a sink did not take it.
    package struct Failure: Hashable, Sendable {
        package let detail: String
        package let isPermanent: Bool
    }

    /// Of the least severity that the sink is told of: nobody is woken for a test where anything gentler will do.
    /// - Returns: nil when the sink took it.
    package static func tell(_ sink: any AlertSink, by sender: Sender, at now: Timestamp) async -> Failure? {
        let notification = Notification(
            testOf: sink.minimumSeverity, summary: sender.language.wording(sender.zone).test, at: now,
            host: sender.host, version: sender.version, language: sender.language, zone: sender.zone)
        switch await sink.deliver(notification) {
        case .accepted: return nil
        case .failed(let detail, _, _, let permanent): return Failure(detail: detail, isPermanent: permanent)
        }
    }
}

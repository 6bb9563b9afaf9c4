package import Engine
package import Reconciliation

/// Tells sinks something that is plainly a test, at once and past the outbox: nothing is noted anywhere.
@Loop
package enum SinkTest {
    /// Why a sink did not take it.
    package struct Failure: Hashable, Sendable {
        package let detail: String
        package let isPermanent: Bool

        package init(detail: String, isPermanent: Bool) {
            self.detail = detail
            self.isPermanent = isPermanent
        }
    }

    /// Of the least severity that the sink is told of: nobody is woken for a test where anything gentler will do.
    /// - Returns: nil when the sink took it.
    package static func tell(_ sink: any AlertSink, by identity: DeskIdentity, at now: Timestamp) async -> Failure? {
        let notification = Notification(
            testOf: sink.minimumSeverity, summary: identity.language.wording(identity.zone).test, at: now,
            host: identity.host, version: identity.version, language: identity.language, zone: identity.zone)
        switch await sink.deliver(notification) {
        case .accepted: return nil
        case .failed(let detail, _, _, let permanent): return Failure(detail: detail, isPermanent: permanent)
        }
    }
}

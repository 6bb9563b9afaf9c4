package import Reconciliation

/// Somebody who is told about alerts.
@Loop
package protocol AlertSink: AnyObject, Sendable {
    /// As configured; unique.
    var name: String { get }
    var minimumSeverity: AlertSeverity { get }

    /// Hands one notification over and says whether it was taken. Bounded in time.
    func deliver(_ notification: Notification) async -> Delivery
}

/// What a sink is told: the generic payload of design.md, "Alerts".
package struct Notification: Hashable, Sendable {
    package var identity: AlertIdentity
    package var kind: NotificationKind
    /// What happened, what it means, what to do first.
    package var summary: String
    package var count: Int
    package var examples: [MessageKey]
    package var since: Timestamp
    package var at: Timestamp
    package var host: String
    package var version: String

    package init(
        identity: AlertIdentity, kind: NotificationKind, summary: String, count: Int, examples: [MessageKey],
        since: Timestamp, at: Timestamp, host: String, version: String
    ) {
        self.identity = identity
        self.kind = kind
        self.summary = summary
        self.count = count
        self.examples = examples
        self.since = since
        self.at = at
        self.host = host
        self.version = version
    }

    package var severity: AlertSeverity { identity.name.severity }

    /// `firing` or `resolved`: a repetition is still firing.
    package var state: Alert.State { kind == .resolved ? .resolved : .firing }
}

package enum Delivery: Hashable, Sendable {
    case accepted
    /// Not taken. `retryAfter` is the receiver's wish, if it had one; `permanent` says that the same attempt will
    /// never succeed (a refused address or key), so that people must act.
    case failed(detail: String, retryAfter: Duration?, permanent: Bool)
}

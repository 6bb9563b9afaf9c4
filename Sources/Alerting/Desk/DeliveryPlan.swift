internal import Engine
package import Reconciliation

/// What the sinks are to be told now, and when to look again. Decides and performs nothing.
struct DeliveryPlan: Hashable, Sendable {
    /// One thing one sink is to be told.
    struct Item: Hashable, Sendable {
        var sink: String
        var kind: NotificationKind
        var alert: Alert
        /// What the sink was told of it before.
        var telling: Telling
        /// Since when it is due.
        var dueSince: Timestamp

        var attempt: Attempt { Attempt(sink: sink, identity: alert.identity, kind: kind) }
    }

    /// What is tried at most once in a single pass.
    struct Attempt: Hashable, Sendable {
        var sink: String
        var identity: AlertIdentity
        var kind: NotificationKind
    }

    /// A sink as far as planning needs to know it.
    struct Recipient: Hashable, Sendable {
        var name: String
        var minimumSeverity: AlertSeverity
        /// The receiver asked not to be called before.
        var pausedUntil: Timestamp?
        /// See `AlertSink.refreshEvery`.
        var refreshEvery: Duration?
    }

    /// A sink that was never told of an alert, nor tried, is probably new: what has been over for longer is not
    /// news to it.
    private static let longestNews = Duration.seconds(86_400)

    /// The gravest first, then what has waited longest. More than one for a sink: it takes one after the other.
    private(set) var due: [Item] = []
    /// When something more becomes due, or time ends an alert; nil when nothing will without a new observation.
    private(set) var next: Timestamp?

    init(_ snapshot: AlertSnapshot, to recipients: [Recipient], rules: AlertRules, now: Timestamp) {
        let providerIsOut = snapshot.alerts.contains {
            $0.isFiring && $0.cause != .polling
                && ($0.identity.name == .providerUnreachable || $0.identity.name == .providerRefused)
        }
        let tellings = Dictionary(
            snapshot.tellings.map { (TellingKey($0), $0) }, uniquingKeysWith: { _, last in last })
        for alert in snapshot.alerts {
            let inhibited = providerIsOut && alert.identity.name.isCausedByProvider
            for recipient in recipients {
                let known = tellings[TellingKey(alert.identity, recipient.name)]
                if known == nil, let resolvedAt = alert.resolvedAt, resolvedAt + Self.longestNews < now { continue }
                let telling = known ?? Telling(identity: alert.identity, sink: recipient.name)
                let next =
                    recipient.wants(alert.identity)
                    ? rules.next(alert, telling, inhibited: inhibited, refreshEvery: recipient.refreshEvery)
                    : rules.last(alert, telling)
                guard case .tell(let kind, let ripe) = next else { continue }
                let at = [ripe, telling.notBefore, recipient.pausedUntil].compactMap(\.self).max() ?? ripe
                if at <= now {
                    due.append(Item(sink: recipient.name, kind: kind, alert: alert, telling: telling, dueSince: at))
                } else {
                    lookAgain(at)
                }
            }
            if alert.isFiring, let end = rules.end(of: alert), end > now { lookAgain(end) }
        }
        due.sort { $0.order < $1.order }
    }

    mutating func lookAgain(_ time: Timestamp) {
        next = next.map { min($0, time) } ?? time
    }
}

extension DeliveryPlan.Recipient {
    @Loop
    init(_ sink: any AlertSink, pausedUntil: Timestamp? = nil) {
        self.init(
            name: sink.name, minimumSeverity: sink.minimumSeverity, pausedUntil: pausedUntil,
            refreshEvery: sink.refreshEvery)
    }

    fileprivate func wants(_ identity: AlertIdentity) -> Bool { identity.isHeard(by: name, from: minimumSeverity) }
}

extension DeliveryPlan.Item {
    fileprivate var order: (AlertSeverityOrder, Int64, String, String) {
        (
            AlertSeverityOrder(alert.identity.name.severity), dueSince.milliseconds, alert.identity.dedupKey, sink
        )
    }
}

/// The graver, the earlier.
private struct AlertSeverityOrder: Comparable {
    let severity: AlertSeverity

    init(_ severity: AlertSeverity) {
        self.severity = severity
    }

    static func < (left: AlertSeverityOrder, right: AlertSeverityOrder) -> Bool {
        left.severity > right.severity
    }
}

extension AlertIdentity {
    /// The alert about a sink, by its configured name.
    package static func sinkFailing(_ sink: String) -> AlertIdentity {
        AlertIdentity(.sinkFailing, labels: ["sink": sink])
    }
}

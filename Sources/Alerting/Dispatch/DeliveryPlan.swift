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
        var record: NotificationRecord
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
        let records = Dictionary(
            snapshot.tellings.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
        for alert in snapshot.alerts {
            let inhibited = providerIsOut && alert.identity.name.isCausedByProvider
            for recipient in recipients {
                let known = records[RecordKey(identity: alert.identity, sink: recipient.name)]
                if known == nil, let resolvedAt = alert.resolvedAt, resolvedAt + Self.longestNews < now { continue }
                let record = known ?? NotificationRecord(identity: alert.identity, sink: recipient.name)
                let next =
                    recipient.wants(alert.identity)
                    ? rules.next(alert, record, inhibited: inhibited, refreshEvery: recipient.refreshEvery)
                    : rules.last(alert, record)
                guard case .tell(let kind, let ripe) = next else { continue }
                let at = [ripe, record.notBefore, recipient.pausedUntil].compactMap(\.self).max() ?? ripe
                if at <= now {
                    due.append(Item(sink: recipient.name, kind: kind, alert: alert, record: record, dueSince: at))
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
    @EventLoop
    init(_ sink: any AlertSink, pausedUntil: Timestamp? = nil) {
        self.init(
            name: sink.name, minimumSeverity: sink.minimumSeverity, pausedUntil: pausedUntil,
            refreshEvery: sink.refreshEvery)
    }

    fileprivate func wants(_ identity: AlertIdentity) -> Bool { identity.isHeard(by: name, from: minimumSeverity) }
}

extension DeliveryPlan.Item {
    fileprivate var order: (AlertSeverityOrder, Int64, String, String) {
        (AlertSeverityOrder(alert.identity.name.severity), dueSince.milliseconds, alert.identity.dedupKey, sink)
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

/// How long to wait after a notification was not taken.
enum DeliveryBackoff {
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(600)
    static let longestRetryAfter = Duration.seconds(3600)

    /// 5 s, 10 s, 20 s … 10 min; the receiver's wish where it is longer, up to an hour. What cannot succeed
    /// before people act is tried every 10 min: they do not tell us when they have.
    /// - Parameters:
    ///   - failures: in a row, this one included.
    ///   - longest: for a receiver that must hear sooner than every 10 min, lest it take an alert to be over.
    static func delay(
        failures: Int, retryAfter: Duration?, permanent: Bool, longest: Duration = DeliveryBackoff.longest
    ) -> Duration {
        var delay = longest
        if !permanent {
            delay = first
            for _ in 1..<max(failures, 1) where delay < longest { delay *= 2 }
        }
        return max(min(delay, longest), min(retryAfter ?? .zero, longestRetryAfter))
    }
}

/// What one pass of a command that ends has tried: everything once, and of a sink that hangs no more than that shows it.
struct SinglePass: Hashable, Sendable {
    /// Whoever takes so long to take nothing would make people wait as long for every alert.
    private static let patience = Duration.seconds(5)

    private var attempted: Set<DeliveryPlan.Attempt> = []
    private var hanging: Set<String> = []

    func permits(_ attempt: DeliveryPlan.Attempt) -> Bool {
        !attempted.contains(attempt) && !hanging.contains(attempt.sink)
    }

    mutating func note(_ attempt: DeliveryPlan.Attempt) {
        attempted.insert(attempt)
    }

    /// - Parameter duration: of an attempt that was in vain.
    mutating func failed(_ sink: String, after duration: Duration) {
        if duration >= Self.patience { hanging.insert(sink) }
    }
}

/// One alert's state: what has been seen since it last began to fire.
package struct Alert: Hashable, Sendable {
    package enum State: String, Hashable, Sendable {
        case firing
        case resolved
    }

    package static let maximumExamples = 10

    package var identity: AlertIdentity
    package var state: State = .firing
    /// Counts how often it has begun to fire; what sinks were told belongs to one episode.
    package var episode = 1
    /// Messages concerned; 1 for a condition.
    package var count: Int
    package var examples: [MessageKey]
    /// Counts by reason, class or code, for the summary.
    package var tally: [String: Int]
    /// What is wrong, in words without personal data, or in numbers.
    package var detail: String?
    /// Nil where there is nothing more to know than the name says.
    package var cause: AlertCause?
    package var since: Timestamp
    package var lastEventAt: Timestamp
    /// When a held condition was last seen to be over.
    package var overSince: Timestamp?
    package var resolvedAt: Timestamp?
    /// The latest report time of a refusal in this episode.
    package var refusedAt: Timestamp?
    /// The report time of the delivery that ended it.
    package var deliveredAt: Timestamp?
    /// Silenced by an operator until it resolves.
    package var isAcknowledged = false

    package init(
        identity: AlertIdentity, count: Int, examples: [MessageKey] = [], tally: [String: Int] = [:],
        detail: String? = nil, since: Timestamp
    ) {
        self.identity = identity
        self.count = count
        self.examples = examples
        self.tally = tally
        self.detail = detail
        self.since = since
        lastEventAt = since
    }

    package var isFiring: Bool { state == .firing }

    mutating func add(_ occurrence: AlertOccurrence, at now: Timestamp) {
        count += occurrence.count
        examples += occurrence.examples.prefix(max(0, Self.maximumExamples - examples.count))
        tally.merge(occurrence.tally, uniquingKeysWith: +)
        detail = occurrence.detail ?? detail
        lastEventAt = now
    }

    /// Sets times later than `now` to it.
    mutating func bringBack(to now: Timestamp) {
        since = min(since, now)
        lastEventAt = min(lastEventAt, now)
        overSince = overSince.map { min($0, now) }
        resolvedAt = resolvedAt.map { min($0, now) }
        refusedAt = refusedAt.map { min($0, now) }
        deliveredAt = deliveredAt.map { min($0, now) }
    }

    mutating func resolve(at now: Timestamp) {
        state = .resolved
        resolvedAt = now
        isAcknowledged = false
    }

    /// Takes the end back.
    mutating func resume() {
        state = .firing
        resolvedAt = nil
        deliveredAt = nil
    }
}

extension Sequence<Alert> {
    package var oldestFirst: [Alert] {
        sorted { ($0.since, $0.identity.dedupKey) < ($1.since, $1.identity.dedupKey) }
    }
}

/// Messages to which the same thing happened, or something that happened to none.
package struct AlertOccurrence: Hashable, Sendable {
    package var count: Int
    package var examples: [MessageKey]
    package var tally: [String: Int]
    /// What happened last, in numbers.
    package var detail: String?

    package init(
        count: Int = 0, examples: [MessageKey] = [], tally: [String: Int] = [:], detail: String? = nil
    ) {
        self.count = count
        self.examples = examples
        self.tally = tally
        self.detail = detail
    }
}

/// Something that may begin, continue or end an alert.
package enum AlertObservation: Hashable, Sendable {
    /// Messages met an event (lifetime `events`).
    case occurred(AlertName, AlertOccurrence)
    /// Messages were refused with this code (lifetime `refusals`); `reportedAt` is the latest report's time.
    case refused(AlertName, ReportCode, AlertOccurrence, reportedAt: Timestamp)
    /// A message was delivered; ends refusals reported before.
    case delivered(reportedAt: Timestamp)
    /// A condition holds (lifetime `condition`).
    case holds(AlertIdentity, detail: String, cause: AlertCause? = nil)
    /// A condition does not hold.
    case over(AlertIdentity)
    /// What an alert with the lifetime `findings` tells of was found again: nothing new.
    case persists(AlertName)
    /// Nothing else of that name holds.
    case noOther(AlertName, than: Set<AlertIdentity>)
}

/// The alerts that there are; deploy/runbook has a section for each.
package enum AlertName: String, CaseIterable, Hashable, Sendable {
    case accountRefused = "AccountRefused"
    case senderRefused = "SenderRefused"
    case deadLetters = "DeadLetters"
    case staleMessages = "StaleMessages"
    case webhookGap = "WebhookGap"
    case pendingAging = "PendingAging"
    case backlog = "Backlog"
    case providerUnreachable = "ProviderUnreachable"
    case providerRefused = "ProviderRefused"
    case rateLimited = "RateLimited"
    case lateReports = "LateReports"
    case failureRate = "FailureRate"
    case slowReports = "SlowReports"
    case unreadableRows = "UnreadableRows"
    case webhookRejected = "WebhookRejected"
    case webhookDisagrees = "WebhookDisagrees"
    case storeTrouble = "StoreTrouble"
    case sinkFailing = "SinkFailing"
    case cycleOverrun = "CycleOverrun"
    case clockJump = "ClockJump"
    case canaryLost = "CanaryLost"
    case falseSent = "FalseSent"
    case missingRows = "MissingRows"
    case deliveryCollapse = "DeliveryCollapse"
    case senderBlocked = "SenderBlocked"

    package var severity: AlertSeverity {
        switch self {
        case .accountRefused, .senderRefused, .providerUnreachable, .providerRefused: .critical
        case .canaryLost, .webhookDisagrees, .falseSent, .deliveryCollapse, .senderBlocked: .critical
        case .deadLetters, .staleMessages, .unreadableRows, .webhookRejected: .error
        case .storeTrouble, .sinkFailing, .cycleOverrun, .clockJump: .error
        case .webhookGap, .pendingAging, .backlog, .rateLimited: .warning
        case .failureRate, .slowReports, .missingRows: .warning
        case .lateReports: .info
        }
    }

    /// What makes it end.
    package enum Lifetime: Hashable, Sendable {
        /// Something happened to messages: it ends when nothing more has happened for `repeat_every`.
        case events
        /// As above, and it may go on unseen: it ends when it has not been seen for `keep_firing_for`.
        case sightings
        /// Found when the account is verified: it ends when it has not been found for `keep_firing_for` by the time of the
        /// next look.
        case findings
        /// Messages are being refused: it ends with the first delivery reported after the last refusal.
        case refusals
        /// Something is so: it ends when that is over, held for `keep_firing_for` where it would flap.
        case condition(held: Bool)
    }

    package var lifetime: Lifetime {
        switch self {
        case .accountRefused, .senderRefused: .refusals
        case .deadLetters, .staleMessages, .lateReports, .clockJump: .events
        case .webhookRejected, .webhookDisagrees: .sightings
        case .falseSent, .missingRows: .findings
        case .pendingAging, .backlog, .webhookGap, .rateLimited, .providerUnreachable, .canaryLost:
            .condition(held: true)
        case .failureRate, .slowReports, .deliveryCollapse, .senderBlocked: .condition(held: true)
        case .providerRefused, .unreadableRows, .storeTrouble, .sinkFailing, .cycleOverrun: .condition(held: false)
        }
    }

    /// Whether it says how things are, not what happened to messages.
    package var isCondition: Bool {
        if case .condition = lifetime { true } else { false }
    }

    /// Whether its count is one of messages.
    package var countsMessages: Bool {
        switch lifetime {
        case .events: self != .clockJump
        case .refusals, .sightings, .findings: true
        case .condition: false
        }
    }

    /// Told at once, without `group_wait`.
    package var isUrgent: Bool { lifetime == .refusals }

    /// What the provider's absence would cause, and so says nothing new while that alert fires.
    package var isCausedByProvider: Bool {
        switch self {
        case .pendingAging, .backlog, .webhookGap, .rateLimited, .cycleOverrun, .canaryLost: true
        default: false
        }
    }
}

package enum AlertSeverity: String, CaseIterable, Hashable, Comparable, Sendable {
    case info
    case warning
    case error
    case critical

    package static func < (left: AlertSeverity, right: AlertSeverity) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        case .critical: 3
        }
    }
}

/// Name and identity labels: what makes two alerts the same one.
package struct AlertIdentity: Hashable, Sendable {
    package var name: AlertName
    /// Sorted by key when written.
    package var labels: [String: String]

    package init(_ name: AlertName, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }

    /// `AccountRefused` or `AccountRefused{code=64008}`: the same for the same identity, for ever.
    package var dedupKey: String {
        guard !labels.isEmpty else { return name.rawValue }
        let list = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return "\(name.rawValue){\(list)}"
    }

    /// Whether a sink of that name hears of it: not of what is below its `min_severity`, nor of its own failing.
    package func isHeard(by sink: String, from minimumSeverity: AlertSeverity) -> Bool {
        name.severity >= minimumSeverity && !(name == .sinkFailing && labels["sink"] == sink)
    }
}

/// What a condition's alert is about more precisely, where people have something else to do about it than they have for
/// others of its name.
package enum AlertCause: String, Hashable, Sendable, CaseIterable {
    /// `DeliveryCollapse`: nothing is reported, of whatever kind.
    case silence
    /// `ProviderRefused`: the key may not fetch reports, which keeps nobody from asking.
    case polling
    /// `RateLimited`: tokens are asked for too often (generation `omni`), which passes by itself.
    case token
    /// `StoreTrouble`: the table refuses some rows; all others are settled.
    case rows
    /// `StoreTrouble`: the database is at a server, and not a file.
    case server
    /// `SinkFailing`: its address leads nowhere; it was revoked, moved or mistyped.
    case address
    /// Its receiver does not take our key or token.
    case key
    /// Its receiver does not take what it is sent.
    case content
    /// The program of a command sink cannot be started.
    case program
    /// The sink is not configured any more: nobody knows whether it takes alerts.
    case gone

    /// Whether an alert without a cause means worse, so that who knows of this one has yet to hear of that.
    var isTheLesser: Bool { self == .polling }
}

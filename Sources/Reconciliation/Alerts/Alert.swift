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
}

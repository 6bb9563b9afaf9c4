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
    case unreadableRows = "UnreadableRows"
    case storeTrouble = "StoreTrouble"
    case sinkFailing = "SinkFailing"
    case cycleOverrun = "CycleOverrun"
    case clockJump = "ClockJump"

    package var severity: AlertSeverity {
        switch self {
        case .accountRefused, .senderRefused, .providerUnreachable, .providerRefused: .critical
        case .deadLetters, .staleMessages, .unreadableRows: .error
        case .storeTrouble, .sinkFailing, .cycleOverrun, .clockJump: .error
        case .webhookGap, .pendingAging, .backlog, .rateLimited: .warning
        case .lateReports: .info
        }
    }

    /// What makes it end.
    package enum Lifetime: Hashable, Sendable {
        /// Something happened to messages: it ends when nothing more has happened for `repeat_every`.
        case events
        /// Messages are being refused: it ends with the first delivery reported after the last refusal.
        case refusals
        /// Something is so: it ends when that is over, held for `keep_firing_for` where it would flap.
        case condition(held: Bool)
    }

    package var lifetime: Lifetime {
        switch self {
        case .accountRefused, .senderRefused: .refusals
        case .deadLetters, .staleMessages, .lateReports, .clockJump: .events
        case .pendingAging, .backlog, .webhookGap, .rateLimited, .providerUnreachable: .condition(held: true)
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
        case .refusals: true
        case .condition: false
        }
    }

    /// Told at once, without `group_wait`.
    package var isUrgent: Bool { lifetime == .refusals }

    /// What the provider's absence would cause, and so says nothing new while that alert fires.
    package var isCausedByProvider: Bool {
        switch self {
        case .pendingAging, .backlog, .webhookGap, .rateLimited, .cycleOverrun: true
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

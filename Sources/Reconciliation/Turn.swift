/// When it is a message's turn to be asked about: the one rule for whoever reads rows.
package enum Turn: Hashable, Sendable {
    /// Nobody asks about it, or not any more.
    case never
    /// From then on; nil where that cannot be told, which is at once. And until then, where there is an end to it.
    case from(Timestamp?, until: Timestamp? = nil)

    /// - Parameters:
    ///   - acceptedAt: from when its age counts (`DueMessage.acceptedAt`).
    ///   - tracking: nil for a message that was never asked about.
    ///   - nextAskAt: as noted together with the tracking.
    ///   - after: how long a new message is left to its webhook.
    ///   - window: how far back the provider answers: a dead letter that is older is not asked about any more.
    package init(
        _ status: RowStatus, acceptedAt: Timestamp?, tracking: Tracking?, nextAskAt: Timestamp?, after: Duration,
        window: Duration
    ) {
        switch status {
        case .sent, .other:
            self = .never
        case .deadLetter:
            guard let nextAskAt, tracking?.reason?.isWatched == true else { self = .never; return }
            self = .from(nextAskAt, until: acceptedAt.map { $0 + window })
        case .pending:
            guard let tracking else { self = .from(acceptedAt.map { $0 + after }); return }
            // A dead letter that was put back by hand starts anew, at once: its time was that of the dead letter.
            self = .from(tracking.reason == nil ? nextAskAt : nil)
        }
    }

    package func isDue(at now: Timestamp) -> Bool {
        switch self {
        case .never: false
        case .from(let time, let end): time.map { $0 <= now } ?? true && end.map { now <= $0 } ?? true
        }
    }
}

extension Timestamp {
    /// Whether a message cannot have been accepted then: no clock is ahead of another by more than a day.
    package func isFarAhead(of now: Timestamp) -> Bool { self > now + .seconds(86_400) }
}

extension Tracking {
    /// What of it still holds for a row of that status: a dead letter that was put back by hand starts anew.
    package func holding(for status: RowStatus) -> Tracking {
        status == .pending && reason != nil ? Tracking(firstSeenAt: firstSeenAt) : self
    }

    /// From when the age of its message counts, whose row says `start`.
    package func start(_ start: Timestamp?) -> Timestamp? {
        start.map { max($0, firstSeenAt ?? $0) }
    }
}

/// When it is a message's turn to be asked about: the one rule for whoever reads rows.
package enum Turn: Hashable, Sendable {
    /// Nobody asks about it, or not any more.
    case never
    /// From then on; nil where that cannot be told, which is at once.
    case from(Timestamp?)

    /// - Parameters:
    ///   - tracking: nil for a message that was never asked about.
    ///   - nextAskAt: as noted together with the tracking.
    ///   - after: how long a new message is left to its webhook.
    package init(
        _ status: RowStatus, acceptedAt: Timestamp?, tracking: Tracking?, nextAskAt: Timestamp?, after: Duration
    ) {
        switch status {
        case .sent, .other:
            self = .never
        case .deadLetter:
            guard let nextAskAt, tracking?.reason?.isWatched == true else { self = .never; return }
            self = .from(nextAskAt)
        case .pending:
            guard let tracking else { self = .from(acceptedAt.map { $0 + after }); return }
            // A dead letter that was put back by hand starts anew, at once: its time was that of the dead letter.
            self = .from(tracking.reason == nil ? nextAskAt : nil)
        }
    }

    package func isDue(at now: Timestamp) -> Bool {
        switch self {
        case .never: false
        case .from(let time): time.map { $0 <= now } ?? true
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
        status == .pending && reason != nil ? Tracking() : self
    }
}

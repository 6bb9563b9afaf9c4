/// A message as the store has it at a moment: its row, and what is remembered of it.
package struct MessageState: Hashable, Sendable {
    package var key: MessageKey
    package var row: RowLocator
    /// `other` also where the row is not the reconciler's.
    package var status: RowStatus
    /// From when its age counts, as far as its row tells; nil where that cannot be read.
    package var start: Timestamp?
    /// Nil where nothing is remembered.
    package var tracking: Tracking?
    /// When to ask (again), as noted together with the tracking.
    package var nextAskAt: Timestamp?

    package init(
        key: MessageKey, row: RowLocator, status: RowStatus, start: Timestamp?, tracking: Tracking? = nil,
        nextAskAt: Timestamp? = nil
    ) {
        self.key = key
        self.row = row
        self.status = status
        self.start = start
        self.tracking = tracking
        self.nextAskAt = nextAskAt
    }

    /// From when its age counts, with what is remembered.
    package var acceptedAt: Timestamp? { tracking.map { $0.start(start) } ?? start }

    package var message: DueMessage {
        DueMessage(
            key: key, row: row, status: status, acceptedAt: acceptedAt,
            tracking: tracking?.holding(for: status) ?? Tracking())
    }

    /// The same for one in whose row another message's key was before, which is known only now.
    package func known(at now: Timestamp, isSentAgain: Bool = false, _ policy: Policy) -> KnownMessage? {
        guard status == .pending || status == .deadLetter else { return nil }
        let message = isSentAgain ? message.firstSeen(at: now) : message
        return KnownMessage(message, turn(policy, message.acceptedAt), at: now, after: policy.after)
    }

    /// Whether a pending message's times are a mistake: nothing was accepted in the future, and nothing is reserved for
    /// later than a year.
    package func isFarAhead(of now: Timestamp, acceptedAt: @autoclosure () -> Timestamp?) -> Bool {
        guard status == .pending, let start, start.isFarAhead(of: now) else { return false }
        return acceptedAt()?.isFarAhead(of: now) == true || start.isFarAhead(of: now + .seconds(366 * 86_400))
    }

    /// When it is its turn to be asked about.
    package func turn(_ policy: Policy) -> DueTime { turn(policy, acceptedAt) }

    private func turn(_ policy: Policy, _ acceptedAt: Timestamp?) -> DueTime {
        DueTime(
            status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: nextAskAt, after: policy.after,
            window: policy.window)
    }
}

/// What an outage of the provider's leaves behind is worked off afterwards: old messages, many at once, all found by
/// asking. That is no news to people who were told of the outage.
package struct CatchUp: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        case even
        case out(since: Timestamp)
        /// No longer than the outage itself: what takes longer has another cause.
        case catchingUp(until: Timestamp)
    }

    private var state = State.even
    /// When the last outage was worked off; what was settled before tells nothing of webhooks.
    package private(set) var endedAt: Timestamp?

    /// - Parameter health: as an earlier process has left it.
    package init(after health: ProviderHealth) {
        if !health.takesQuestions { state = .out(since: health.since) }
    }

    /// Whether what the outage has left still hides what else there may be.
    package var isUnderWay: Bool { state != .even }

    /// A cycle has ended.
    /// - Parameters:
    ///   - answers: whether the provider did.
    ///   - isCutShort: whether more is due than the cycle had time for.
    package mutating func cycleEnded(answers: Bool, isCutShort: Bool, at now: Timestamp) {
        switch state {
        case .even, .catchingUp:
            guard answers else {
                state = .out(since: now)
                return
            }
            guard case .catchingUp(let end) = state, !isCutShort || now >= end else { return }
            finish(at: now)
        case .out(let since):
            guard answers else { return }
            if isCutShort { state = .catchingUp(until: now + (now - since)) } else { finish(at: now) }
        }
    }

    private mutating func finish(at now: Timestamp) {
        state = .even
        endedAt = now
    }
}

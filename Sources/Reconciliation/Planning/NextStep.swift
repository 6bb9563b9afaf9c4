/// What would be done next about one message, and why: what `explain` tells.
package struct NextStep: Hashable, Sendable {
    /// When it is its turn.
    package enum DueTime: Hashable, Sendable {
        /// The row says how it ended: nothing is asked any more.
        case settled
        /// Another channel's row, which nobody touches.
        case notOurs
        /// A dead letter that nobody asks about any more; nil when the reconciler did not make it one.
        case final(DeadLetterReason?)
        case waits(until: Timestamp, Cause)
        /// Since when; nil when that cannot be told.
        case due(since: Timestamp?)
    }

    /// What it waits for.
    package enum Cause: Hashable, Sendable {
        /// It is new, and left to its webhook.
        case webhook
        /// It was asked about, and nothing final was known.
        case retry
        /// Given up, and looked after daily until the provider's window closes.
        case watch
    }

    /// By which question.
    package enum Means: Hashable, Sendable {
        case history(ScanPlan)
        /// With so many others of its send.
        case send(RequestID, others: Int)
        case channels
        case reports
    }

    package var turn: DueTime
    /// How it would be asked about now; nil when it is not its turn.
    package var means: Means?
    /// When it is given up if nothing final is known then; nil when it is not pending, or its age cannot be told.
    package var givenUpAt: Timestamp?

    /// - Parameters:
    ///   - nextAskAt: as noted when it was last asked about; nil when it never was.
    ///   - isOurs: whether the row is the daemon's at all.
    ///   - survey: of all that is due; nil where listings are of no use.
    ///   - dueOfSend: how many messages of its send are due, itself included.
    package init(
        _ message: DueMessage, isOurs: Bool = true, nextAskAt: Timestamp?, survey: BacklogEstimate?, dueOfSend: Int,
        endpoints: Set<Endpoint>, policy: Policy, at now: Timestamp
    ) {
        turn = isOurs ? Self.turn(message, nextAskAt, policy, now) : .notOurs
        if message.status == .pending { givenUpAt = message.acceptedAt.map { $0 + policy.staleAfter } }
        guard case .due = turn else { return }
        means = Self.means(message, survey, dueOfSend, endpoints)
    }

    private static func turn(
        _ message: DueMessage, _ nextAskAt: Timestamp?, _ policy: Policy, _ now: Timestamp
    ) -> DueTime {
        let isKnown = nextAskAt != nil || message.tracking != Tracking()
        let turn = Reconciliation.DueTime(
            message.status, acceptedAt: message.acceptedAt, tracking: isKnown ? message.tracking : nil,
            nextAskAt: nextAskAt, after: policy.after, window: policy.window)
        let wasAsked = message.tracking.answers + message.tracking.failures > 0
        switch turn {
        case .never:
            return message.status == .deadLetter ? .final(message.tracking.reason) : .settled
        case .from(let time, let end):
            if let end, max(time ?? now, now) > end { return .final(message.tracking.reason) }
            guard let time, time > now else { return .due(since: time) }
            if message.status == .deadLetter { return .waits(until: time, .watch) }
            let isNew = !isKnown || message.tracking.firstSeenAt != nil && !wasAsked
            return .waits(until: time, isNew ? .webhook : .retry)
        }
    }

    private static func means(
        _ message: DueMessage, _ survey: BacklogEstimate?, _ dueOfSend: Int, _ endpoints: Set<Endpoint>
    ) -> Means {
        if endpoints.contains(.history), let survey, let plan = ScanPlan.best(for: survey, EndpointYield()),
            let acceptedAt = message.acceptedAt, acceptedAt >= plan.from
        {
            return .history(plan)
        }
        if endpoints.contains(.requestStatus), dueOfSend > 1, let id = RequestID(of: message.key) {
            return .send(id, others: dueOfSend - 1)
        }
        return endpoints.contains(.messageStatus) ? .channels : .reports
    }
}

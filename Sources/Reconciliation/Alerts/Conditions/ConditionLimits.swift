/// When what is observed once a cycle is worth telling (`alerts` in the configuration).
package struct ConditionLimits: Hashable, Sendable {
    package var pendingAgingAfter: Duration
    /// Messages.
    package var backlogAbove: Int
    /// Nil where nobody waits for webhooks: reports are fetched by polling.
    package var webhookGap: WebhookGapLimit?
    /// Between cycles; nil for a single pass, which cannot overrun.
    package var interval: Duration?

    /// Longer than so many intervals, a cycle is late. One that leaves off at its budget, with more due, takes one and
    /// a little more.
    private static let intervalsUntilLate = 5
    private static let intervalsInTime = 2

    package init(
        pendingAgingAfter: Duration, backlogAbove: Int, webhookGap: WebhookGapLimit?, interval: Duration?
    ) {
        self.pendingAgingAfter = pendingAgingAfter
        self.backlogAbove = backlogAbove
        self.webhookGap = webhookGap
        self.interval = interval
    }

    /// `CycleOverrun`: a cycle that took, or has been taking, more than five intervals: a request or the store hangs, so
    /// that nothing that has come due since is looked at. It is over with the first cycle of two intervals at most;
    /// anything between leaves things as they were.
    /// - Parameter isOver: whether the cycle has ended.
    package func overrun(of duration: Duration, isOver: Bool = true) -> [AlertObservation] {
        guard let interval else { return [] }
        let identity = AlertIdentity(.cycleOverrun)
        if duration > interval * Self.intervalsUntilLate {
            return [
                .holds(
                    identity,
                    detail: "\(Measure.excess(duration)) > \(Self.intervalsUntilLate) × "
                        + DurationText.format(interval))
            ]
        }
        return isOver && duration <= interval * Self.intervalsInTime ? [.over(identity)] : []
    }

    /// `PendingAging` and `Backlog`.
    package func pending(_ outline: PendingOutline, at now: Timestamp) -> [AlertObservation] {
        [aging(outline, at: now), backlog(outline)]
    }

    private func aging(_ outline: PendingOutline, at now: Timestamp) -> AlertObservation {
        let identity = AlertIdentity(.pendingAging)
        guard let oldest = outline.oldestAcceptedAt, now - oldest > pendingAgingAfter else { return .over(identity) }
        return .holds(
            identity, detail: "\(Measure.excess(now - oldest)) > \(DurationText.format(pendingAgingAfter))")
    }

    /// How many there are is not known, as counting stops: only that there are more.
    private func backlog(_ outline: PendingOutline) -> AlertObservation {
        let identity = AlertIdentity(.backlog)
        return outline.count > backlogAbove ? .holds(identity, detail: "> \(backlogAbove)") : .over(identity)
    }
}

/// Of the messages settled in `window`, at least `atLeast`, more than `share` had to be found by asking.
package struct WebhookGapLimit: Hashable, Sendable {
    /// 0…1
    package var share: Double
    package var atLeast: Int
    package var window: Duration

    package init(share: Double, atLeast: Int, window: Duration) {
        self.share = share
        self.atLeast = atLeast
        self.window = window
    }

    /// `WebhookGap`. Too few messages say nothing: things stay as they were.
    package func observations(_ settled: SettledShare) -> [AlertObservation] {
        let total = settled.byAsking + settled.elsewhere
        guard total >= atLeast else { return [] }
        let identity = AlertIdentity(.webhookGap)
        let found = Double(settled.byAsking) / Double(total)
        guard found > share else { return [.over(identity)] }
        let percent = Int((found * 100).rounded(.down))
        return [
            .holds(
                identity, detail: "\(percent)% of \(total) in \(DurationText.format(window))")
        ]
    }
}

/// The pending messages at a glance. Rows without a key, which the provider has not accepted, are not among them.
package struct PendingOutline: Hashable, Sendable {
    /// Counted up to a limit.
    package var count: Int
    /// Of those looked at; nil where there are none, or none whose time can be read.
    package var oldestAcceptedAt: Timestamp?
    /// Nil while there are too many to have looked at all of them.
    package var unreadable: UnreadableRows?

    package init(count: Int = 0, oldestAcceptedAt: Timestamp? = nil, unreadable: UnreadableRows? = nil) {
        self.count = count
        self.oldestAcceptedAt = oldestAcceptedAt
        self.unreadable = unreadable
    }
}

/// A measured time as people want to read it: no finer than it matters.
enum Measure {
    static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return DurationText.format(.seconds(seconds / unit(seconds) * unit(seconds)))
    }

    /// What is over a limit, rounded up so that it reads so: `121m > 2h`.
    static func excess(_ duration: Duration) -> String {
        let (whole, rest) = duration.components
        let seconds = whole + (rest > 0 ? 1 : 0)
        let unit = unit(seconds)
        return DurationText.format(.seconds((seconds + unit - 1) / unit * unit))
    }

    private static func unit(_ seconds: Int64) -> Int64 {
        switch abs(seconds) {
        case ..<600: 1
        case ..<(48 * 3600): 60
        default: 3600
        }
    }
}

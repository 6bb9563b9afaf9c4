/// When what is observed once a cycle is worth telling (`alerts` in the configuration).
package struct ConditionLimits: Hashable, Sendable {
    package var pendingAgingAfter: Duration
    /// Messages.
    package var backlogAbove: Int
    /// Nil where nobody waits for webhooks: reports are fetched by polling.
    package var webhookGap: WebhookGapLimit?
    package var failureRate = FailureRateLimit()
    package var slowReports = SlowReportsLimit()
    /// Between cycles; nil for a single pass, which cannot overrun.
    package var interval: Duration?

    /// Longer than so many intervals, a cycle is late. One that leaves off at its budget, with more due, takes one and
    /// a little more.
    private static let intervalsUntilLate = 5
    private static let intervalsInTime = 2

    package init(
        pendingAgingAfter: Duration = .seconds(2 * 3600), backlogAbove: Int = 10_000,
        webhookGap: WebhookGapLimit? = WebhookGapLimit(), interval: Duration? = nil
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

    package init(share: Double = 0.5, atLeast: Int = 20, window: Duration = .seconds(3600)) {
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

/// Who found out what became of the messages settled in a time.
package struct SettledShare: Hashable, Sendable {
    /// Of a shorter time there is no telling: webhooks for the newest messages are still on their way.
    private static let shortestSpan = Duration.seconds(900)

    /// Delivered or failed by the provider's answer to a question.
    package var byAsking: Int
    /// By the application, which a webhook has told.
    package var elsewhere: Int

    package init(byAsking: Int = 0, elsewhere: Int = 0) {
        self.byAsking = byAsking
        self.elsewhere = elsewhere
    }

    /// When messages were settled by one of the two.
    package struct Times: Hashable, Sendable {
        package var times: [Timestamp]
        /// Since when these are all there are; nil: since the beginning.
        package var covered: Timestamp?

        package init(_ times: [Timestamp], covered: Timestamp?) {
            self.times = times
            self.covered = covered
        }
    }

    /// Of the time that both cover; nothing where that is too short.
    package init(byAsking: Times, elsewhere: Times, since: Timestamp, until now: Timestamp) {
        self.init()
        let covered = max(since, byAsking.covered ?? since, elsewhere.covered ?? since)
        guard covered == since || now - covered >= Self.shortestSpan else { return }
        self.byAsking = byAsking.times.count { $0 >= covered }
        self.elsewhere = elsewhere.times.count { $0 >= covered }
    }
}

/// Rows that nobody can judge, counted by why.
package struct UnreadableRows: Hashable, Sendable {
    /// Pending ones whose time of acceptance cannot be read: asked about, never given up.
    package var times = 0
    /// Pending ones whose key cannot be one: never asked about.
    package var keys = 0
    /// Those whose status is no configured word, where none has one: the application's other words are its own.
    package var statuses = 0

    package init(times: Int = 0, keys: Int = 0, statuses: Int = 0) {
        self.times = times
        self.keys = keys
        self.statuses = statuses
    }

    package var total: Int { times + keys + statuses }

    /// `UnreadableRows`. The kinds are words of the configuration's, which needs mending: the same in every language.
    package var observation: AlertObservation {
        let kinds = [("accepted_at", times), ("message_key", keys), ("status", statuses)].filter { $0.1 > 0 }
        guard !kinds.isEmpty else { return .over(AlertIdentity(.unreadableRows)) }
        let detail = kinds.map { "\($0) \(NumberText.grouped($1))" }.joined(separator: ", ")
        return .holds(AlertIdentity(.unreadableRows), detail: detail)
    }
}

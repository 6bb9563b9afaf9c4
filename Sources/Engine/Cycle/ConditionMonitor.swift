internal import Reconciliation

/// Observes, once a cycle, what is not about single messages: how many are pending and for how long, who settles them,
/// how many fail, how long reports take, how the provider takes our requests, whether cycles end in time, and the clock.
@EventLoop
final class ConditionMonitor {
    private let limits: ConditionLimits
    /// How long a message is left to its webhook.
    private let after: Duration
    private let ledger: any Ledger
    private let client: ProviderClient
    private let clock: JumpingClock
    private let time: any Timekeeper
    private let log: any Log
    private var catchUp: OutageRecovery
    /// Not yet in the ledger.
    private var jumps: [Duration] = []

    init(
        _ limits: ConditionLimits, after: Duration, ledger: any Ledger, client: ProviderClient, clock: JumpingClock,
        time: any Timekeeper, log: any Log
    ) {
        self.limits = limits
        self.after = after
        self.ledger = ledger
        self.client = client
        self.clock = clock
        self.time = time
        self.log = log
        catchUp = OutageRecovery(after: client.health)
    }

    /// A cycle has ended.
    func observe(_ summary: PassSummary) async throws(LedgerError) {
        let now = time.now
        lookAtClock()
        catchUp.cycleEnded(answers: client.health.takesQuestions, isCutShort: summary.isCutShort, at: now)
        var observations = client.health.observations
        observations += limits.overrun(of: summary.duration)
        observations += client.throttling.observations(at: time.uptime)
        observations += ClockJumpDetector.observations(jumps)
        observations += try await messages(at: now)
        observations += try await rates(at: now)
        try await ledger.observe(observations, at: now)
        jumps = []
    }

    /// A cycle is under way since then.
    /// - Returns: whether that is worth an alert.
    func observeUnfinished(since start: Duration) async throws(LedgerError) -> Bool {
        let observations = limits.overrun(of: time.uptime - start, isOver: false)
        guard !observations.isEmpty else { return false }
        try await ledger.observe(observations, at: time.now)
        return true
    }

    private func lookAtClock() {
        clock.look()
        let new = clock.takeJumps()
        for jump in new { log.write(.clockJumped(by: jump)) }
        jumps += new
    }

    private func messages(at now: Timestamp) async throws(LedgerError) -> [AlertObservation] {
        let outline = try await outline()
        let unreadable = outline.unreadable.map { [$0.observation] } ?? []
        guard !catchUp.isUnderWay else { return unreadable }
        let pending = limits.pending(outline, at: now) + unreadable
        guard let gap = limits.webhookGap else { return pending }
        let since = max(now - gap.window, catchUp.endedAt ?? now - gap.window)
        return pending + gap.observations(try await ledger.settledShare(since: since, until: now))
    }

    /// Whatever the provider's state, and ours: both are about messages and reports, not about when we learnt of them.
    private func rates(at now: Timestamp) async throws(LedgerError) -> [AlertObservation] {
        let outcomes = try await ledger.outcomes(since: now - limits.failureRate.window, until: now)
        let delays = try await ledger.reportDelays(since: now - limits.slowReports.window - after, until: now)
        return limits.failureRate.observations(outcomes) + [limits.slowReports.observation(delays)]
    }

    /// A single pass has no next one to go on in: it looks until it can say what is unreadable.
    private func outline() async throws(LedgerError) -> PendingOutline {
        var outline = try await ledger.pendingOutline(countingUpTo: limits.backlogAbove + 1)
        while outline.unreadable == nil, limits.interval == nil {
            outline = try await ledger.pendingOutline(countingUpTo: limits.backlogAbove + 1)
        }
        return outline
    }
}

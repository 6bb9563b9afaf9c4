internal import Reconciliation

/// Observes, once a cycle, what is not about single messages: how many are pending and for how long, who settles them,
/// how the provider takes our requests, whether cycles end in time, and the clock.
@Loop
final class Lookout {
    private let watch: Reconciler.Watch
    private let tools: Reconciler.Tools
    private let memory: PassMemory
    private var catchUp: CatchUp
    /// Not yet in the ledger.
    private var jumps: [Duration] = []

    init(_ watch: Reconciler.Watch, _ tools: Reconciler.Tools, _ memory: PassMemory) {
        self.watch = watch
        self.tools = tools
        self.memory = memory
        catchUp = CatchUp(after: tools.gate.health)
    }

    /// A cycle has ended.
    func observe(_ summary: PassSummary) async throws(LedgerError) {
        let now = tools.time.now
        lookAtClock()
        catchUp.cycleEnded(answers: tools.gate.health.takesQuestions, isCutShort: summary.isCutShort, at: now)
        var observations = tools.gate.health.observations
        observations += watch.limits.overrun(of: summary.duration)
        observations += tools.gate.throttling.observations(at: tools.time.uptime)
        observations += ClockWatch.observations(jumps)
        observations += try await messages(at: now)
        try await tools.ledger.observe(observations, at: now)
        jumps = []
    }

    /// A cycle is under way since then.
    /// - Returns: whether that is worth an alert.
    func observeUnfinished(since start: Duration) async throws(LedgerError) -> Bool {
        let observations = watch.limits.overrun(of: tools.time.uptime - start, isOver: false)
        guard !observations.isEmpty else { return false }
        try await tools.ledger.observe(observations, at: tools.time.now)
        return true
    }

    private func lookAtClock() {
        memory.clock.look(now: tools.time.now, uptime: tools.time.uptime)
        let new = memory.clock.takeJumps()
        for jump in new { tools.log.write(.clockJumped(by: jump)) }
        jumps += new
    }

    private func messages(at now: Timestamp) async throws(LedgerError) -> [AlertObservation] {
        let outline = try await outline()
        let unreadable = outline.unreadable.map { [$0.observation] } ?? []
        guard !catchUp.isUnderWay else { return unreadable }
        let pending = watch.limits.pending(outline, at: now) + unreadable
        guard let gap = watch.limits.webhookGap else { return pending }
        let since = max(now - gap.window, catchUp.endedAt ?? now - gap.window)
        return pending + gap.observations(try await watch.ledger.settledShare(since: since, until: now))
    }

    /// A single pass has no next one to go on in: it looks until it can say what is unreadable.
    private func outline() async throws(LedgerError) -> PendingOutline {
        var outline = try await watch.ledger.pendingOutline(countingUpTo: watch.limits.backlogAbove + 1)
        while outline.unreadable == nil, watch.limits.interval == nil {
            outline = try await watch.ledger.pendingOutline(countingUpTo: watch.limits.backlogAbove + 1)
        }
        return outline
    }
}

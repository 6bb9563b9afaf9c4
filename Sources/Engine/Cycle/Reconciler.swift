package import Reconciliation

/// Makes cycles: a pass over what is due, what it shows of the whole, its end noted in the ledger, and a line in the log.
///
/// It decides nothing about messages (`Judgement` does) and nothing about the provider (`ProviderClient` does).
@EventLoop
package final class Reconciler {
    package struct Limits: Sendable {
        /// Messages asked about at a time.
        package var maxInFlight: Int
        /// After so long no further message is begun; nil: until all that is due has been asked about.
        package var budget: Duration?
        /// Whether rows that the table refused are tried again in the first cycle, whatever their schedule: people who
        /// mended something start the daemon anew, or have it read its configuration.
        package var retriesRefused: Bool

        package init(maxInFlight: Int, budget: Duration?, retriesRefused: Bool = false) {
            self.maxInFlight = maxInFlight
            self.budget = budget
            self.retriesRefused = retriesRefused
        }
    }

    /// How a cycle ended.
    package enum Outcome: Sendable {
        case completed(PassSummary)
        /// With what was done until then.
        case storeFailed(LedgerError, PassSummary)

        /// The store could be worked on, and the provider answered or had nothing to answer.
        var isWorking: Bool {
            if case .completed(let summary) = self { summary.provider == .ok } else { false }
        }

        /// What keeps the store, or rows of it, from being worked on; nil when nothing does.
        package var storeTrouble: LedgerError? {
            switch self {
            case .completed(let summary): summary.refusals?.error
            case .storeFailed(let error, _): error
            }
        }
    }

    private let ledger: any Ledger
    private let client: ProviderClient
    private let policy: Policy
    private let reports: ReportArrival
    private let limits: Limits
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private let random: any RandomNumberGenerator & Sendable
    private let onCommit: @EventLoop () -> Void
    private let clock: JumpingClock
    private let monitor: ConditionMonitor?
    private let sampler: WebhookSampler?
    private var retriesRefused: Bool
    /// Of the cycle under way, by the clock that only goes forward.
    private var startedUptime: Duration?
    /// When the timer that begins cycles was heard last; nil where there is none.
    private var tickedAt: Duration?
    /// Of the pass under way.
    private var committer: Committer?
    /// What the last pass has left.
    private var scan = ScanProgress()
    private var unreadableKeys = RowTally()

    /// - Parameters:
    ///   - reports: how they come by themselves.
    ///   - conditions: what is watched beside the messages; nil where nobody is to be told.
    ///   - onCommit: called after each commit.
    package init(
        ledger: any Ledger, client: ProviderClient, policy: Policy, reports: ReportArrival = .elsewhere,
        conditions: ConditionLimits? = nil, limits: Limits, time: any Timekeeper, log: any Log,
        meter: any MetricsRecorder = NoMetrics(), random: any RandomNumberGenerator & Sendable,
        onCommit: @escaping @EventLoop () -> Void = {}
    ) {
        self.ledger = ledger
        self.client = client
        self.policy = policy
        self.reports = reports
        self.limits = limits
        self.time = time
        self.log = log
        self.meter = meter
        self.random = random
        self.onCommit = onCommit
        let clock = JumpingClock(time)
        self.clock = clock
        retriesRefused = limits.retriesRefused
        monitor = conditions.map {
            ConditionMonitor(
                $0, after: policy.after, ledger: ledger, client: client, clock: clock, time: time, log: log)
        }
        sampler =
            reports == .webhook
            ? WebhookSampler(ledger: ledger, client: client, policy: policy, time: time, random: random) : nil
        client.onHealthChange = { [weak self] in self?.healthChanged($0, isNews: $1) }
    }

    /// One cycle. When the task is cancelled it finishes what is in flight, commits it and returns. When the store
    /// fails, what was committed before stays, and everything else is simply still due.
    package func cycle() async -> Outcome {
        let startedAt = time.now
        let startedUptime = time.uptime
        clock.look()
        self.startedUptime = startedUptime
        defer { self.startedUptime = nil }
        let report = CycleReport(client: client, time: time, log: log, meter: meter, onCommit: onCommit)
        do throws(LedgerError) {
            try await clock.recall(from: ledger, at: startedAt)
            try await ledger.retryRefused(all: retriesRefused, at: startedAt)
            retriesRefused = false
            try await pass(report, startedAt: startedAt)
            if !report.isCutShort { try await sampler?.look(report) }
            var summary = report.summary
            try await monitor?.observe(summary)
            try await clock.keep(in: ledger)
            let record = CycleRecord(
                startedAt: startedAt, duration: summary.duration, result: summary.provider == .ok ? .ok : .failed,
                health: client.health, due: summary.due, requests: summary.requests,
                settled: summary.sent + summary.deadLetterCount + summary.late)
            try await ledger.finish(record, at: time.now)
            summary.refusals = try await ledger.refusals()
            let failure = client.lastFailure ?? report.lastFailure
            log.write(.cycleEnded(summary, failure: failure, retryAt: retryAt(after: summary)))
            meter.cycleEnded(record.result == .ok ? .ok : .failed, took: summary.duration)
            return .completed(summary)
        } catch {
            log.write(error.event(retryAt: nextTick))
            // Who is to end, or works no more, says nothing of how things are.
            if error.isTrouble { meter.cycleEnded(.storeFailed, took: time.uptime - startedUptime) }
            return .storeFailed(error, report.summary)
        }
    }

    private func pass(_ report: CycleReport, startedAt: Timestamp) async throws(LedgerError) {
        let committer = Committer(ledger: ledger, report: report, time: time, random: random)
        let pass = Pass(
            startedAt: startedAt, ledger: ledger, client: client, policy: policy, reports: reports, limits: limits,
            committer: committer, report: report, clock: clock, time: time, log: log, random: random, scan: scan,
            knownUnreadable: unreadableKeys)
        self.committer = committer
        defer {
            self.committer = nil
            scan = pass.scan
            unreadableKeys = pass.unreadableKeys
        }
        try await pass.run()
    }

    /// What an earlier process left firing must hear of the first answer, too, though it is no news.
    private func healthChanged(_ health: ProviderHealth, isNews: Bool) {
        guard let committer else { return }
        if isNews { log.write(health.event) }
        committer.add(health.observations)
    }

    /// To be called whenever the timer has fired that begins a cycle where none is under way.
    func ticked() { tickedAt = time.uptime }

    /// When a cycle begins next, unless one is under way then.
    private var nextTick: Timestamp? {
        guard let tickedAt, let interval = limits.budget else { return nil }
        return time.now + max(.zero, tickedAt + interval - time.uptime)
    }

    /// When the provider is asked again: a cycle must begin, at once where this one had more to do, and nothing keep it
    /// back.
    private func retryAt(after summary: PassSummary) -> Timestamp? {
        [nextTick.map { summary.isCutShort ? time.now : $0 }, client.retryAt].compactMap(\.self).max()
    }

    /// To be called while a cycle is under way: one that hangs cannot tell it.
    /// - Returns: whether it has been under way for too long. A store that fails is told by the cycle.
    package func noteUnfinished() async -> Bool {
        guard let startedUptime, let monitor else { return false }
        return (try? await monitor.observeUnfinished(since: startedUptime)) ?? false
    }
}

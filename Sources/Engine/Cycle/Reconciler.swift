package import Reconciliation

/// Makes cycles: a pass, its end noted in the ledger, and a line in the log.
///
/// It decides nothing about messages (`Judgement` does) and nothing about the provider (`ProviderGate` does).
@Loop
package final class Reconciler {
    /// What a pass works with.
    package struct Tools {
        package var ledger: any Ledger
        /// Where reports are fetched by polling; nil where they are not.
        package var reports: (any ReportLedger)?
        /// What is watched beside the messages; nil where nobody is to be told.
        package var watch: Watch?
        package var gate: ProviderGate
        package var policy: Policy
        package var time: any Timekeeper
        package var log: any Log
        package var meter: any Meter

        package init(
            ledger: any Ledger, reports: (any ReportLedger)? = nil, watch: Watch? = nil, gate: ProviderGate,
            policy: Policy, time: any Timekeeper, log: any Log, meter: any Meter = NoMeter()
        ) {
            self.ledger = ledger
            self.reports = reports
            self.watch = watch
            self.gate = gate
            self.policy = policy
            self.time = time
            self.log = log
            self.meter = meter
        }
    }

    package struct Watch: Sendable {
        package var ledger: any WatchLedger
        package var limits: ConditionLimits

        package init(ledger: any WatchLedger, limits: ConditionLimits) {
            self.ledger = ledger
            self.limits = limits
        }
    }

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

    private let tools: Tools
    private let limits: Limits
    private var retriesRefused: Bool
    private let memory = PassMemory()
    private let lookout: Lookout?
    private let random: any RandomNumberGenerator
    /// Of the cycle under way, by the clock that only goes forward.
    private var startedUptime: Duration?
    /// When the timer that begins cycles was heard last; nil where there is none.
    private var tickedAt: Duration?
    /// Called after each commit, with the numbers so far.
    private let onCommit: @Loop (PassSummary) -> Void

    package init(
        _ tools: Tools, _ limits: Limits, random: any RandomNumberGenerator,
        onCommit: @escaping @Loop (PassSummary) -> Void
    ) {
        self.tools = tools
        self.limits = limits
        retriesRefused = limits.retriesRefused
        self.random = random
        self.onCommit = onCommit
        lookout = tools.watch.map { [memory] in Lookout($0, tools, memory) }
    }

    /// One cycle. When the task is cancelled it finishes what is in flight, commits it and returns. When the store
    /// fails, what was committed before stays, and everything else is simply still due.
    package func cycle() async -> Outcome {
        let startedAt = tools.time.now
        let startedUptime = tools.time.uptime
        memory.clock.look(now: startedAt, uptime: startedUptime)
        self.startedUptime = startedUptime
        defer { self.startedUptime = nil }
        let pass = Pass(tools, limits, memory, startedAt: startedAt, random: random, onCommit: onCommit)
        do throws(LedgerError) {
            try await recallClock(at: startedAt)
            try await tools.ledger.retryRefused(all: retriesRefused, at: startedAt)
            retriesRefused = false
            var summary = try await pass.run()
            try await lookout?.observe(summary)
            try await keepClock()
            let record = CycleRecord(
                startedAt: startedAt, duration: summary.duration, result: summary.provider == .ok ? .ok : .failed,
                health: tools.gate.health, due: summary.due, requests: summary.requests,
                settled: summary.sent + summary.deadLetterCount + summary.late)
            try await tools.ledger.finish(record, at: tools.time.now)
            summary.refusals = try await tools.ledger.refusals()
            let failure = tools.gate.lastFailure ?? pass.lastFailure
            tools.log.write(summary.event(failure: failure, retryAt: retryAt(after: summary)))
            tools.meter.cycleEnded(record.result == .ok ? .ok : .failed, took: summary.duration)
            return .completed(summary)
        } catch {
            tools.log.write(error.event(retryAt: nextTick))
            // Who is to end says nothing of how things are.
            if error.kind != .interrupted {
                tools.meter.cycleEnded(.storeFailed, took: tools.time.uptime - startedUptime)
            }
            return .storeFailed(error, pass.summary)
        }
    }

    /// To be called whenever the timer has fired that begins a cycle where none is under way.
    func ticked() { tickedAt = tools.time.uptime }

    /// When a cycle begins next, unless one is under way then.
    private var nextTick: Timestamp? {
        guard let tickedAt, let interval = limits.budget else { return nil }
        return tools.time.now + max(.zero, tickedAt + interval - tools.time.uptime)
    }

    /// When the provider is asked again: a cycle must begin, at once where this one had more to do, and nothing keep it
    /// back.
    private func retryAt(after summary: PassSummary) -> Timestamp? {
        [nextTick.map { summary.isCutShort ? tools.time.now : $0 }, tools.gate.retryAt].compactMap(\.self).max()
    }

    // MARK: The clock

    /// An earlier process may have seen it jump. What is seen at the beginning is noted before anything is judged by it,
    /// or, where that fails, at the end.
    private func recallClock(at now: Timestamp) async throws(LedgerError) {
        if memory.keptAllowance == nil {
            let earlier = try await tools.ledger.clockAllowance()
            memory.keptAllowance = .some(earlier)
            if let earlier { memory.clock.resume(earlier, now: now) }
        }
        _ = try? await keepClock()
    }

    private func keepClock() async throws(LedgerError) {
        let allowance = memory.clock.allowance
        guard memory.keptAllowance != .some(allowance) else { return }
        try await tools.ledger.keep(allowance)
        memory.keptAllowance = .some(allowance)
    }

    /// To be called while a cycle is under way: one that hangs cannot tell it.
    /// - Returns: whether it has been under way for too long. A store that fails is told by the cycle.
    package func noteUnfinished() async -> Bool {
        guard let startedUptime, let lookout else { return false }
        return (try? await lookout.observeUnfinished(since: startedUptime)) ?? false
    }
}

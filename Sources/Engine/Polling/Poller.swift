internal import Reconciliation

/// Fetches the reports that the provider holds ready: a batch is committed before it is acknowledged, so that a crash
/// in between only makes it come again. Then looks again at the reports that are kept: is the row there by now? Failures to
/// be confirmed are left to the pass.
@Loop
final class Poller {
    /// Batches in one cycle: a provider that never comes to an end must not keep it from all else.
    static let mostBatches = 1_000
    /// Kept reports' messages looked at again in one cycle, and at a time.
    static let mostLooks = 10_000
    static let looksAtOnce = 200

    private let reports: any ReportLedger
    private let tools: Reconciler.Tools
    private let budget: PollingBudget
    private let intake: ReportIntake
    private let startedUptime: Duration
    private var batches = 0
    private var fetched = 0
    /// Messages with failures that are to be confirmed.
    private(set) var toConfirm: [(key: MessageKey, kept: KeptReports)] = []

    /// - Parameter onCommit: called after each commit.
    init(
        _ reports: any ReportLedger, _ tools: Reconciler.Tools, _ limits: Reconciler.Limits,
        random: any RandomNumberGenerator, onCommit: @escaping @Loop (CommitResult, [Decision]) -> Void
    ) {
        self.reports = reports
        self.tools = tools
        budget = PollingBudget(of: limits.budget)
        intake = ReportIntake(reports, tools, random: random, onCommit: onCommit)
        startedUptime = tools.time.uptime
    }

    /// Whether some rows were put off although all others were written.
    var hasRefusals: Bool { intake.hasRefusals }

    /// - Returns: whether there is more to do than there was time for.
    func run() async throws(LedgerError) -> Bool {
        let isDrained = try await drain()
        let isThrough = try await lookAgain()
        if batches > 0 { tools.log.write(event) }
        return !(isDrained && isThrough)
    }

    /// - Returns: false when it ended for want of time.
    private func drain() async throws(LedgerError) -> Bool {
        var acknowledged: Set<String> = []
        while batches < Self.mostBatches, mayFetch {
            guard let batch = await next() else { return true }
            batches += 1
            fetched += batch.entries.count
            try await intake.take(batch.entries)
            guard !acknowledged.contains(batch.id) else {
                tools.log.write(.repeatedBatch)
                return true
            }
            guard await isAcknowledged(batch.id) else { return true }
            acknowledged.insert(batch.id)
        }
        return Task.isCancelled
    }

    private func next() async -> ReportBatch? {
        switch await tools.gate.poll() {
        case .answered(let batch, _): return batch
        case .failed(let failure): tools.log.write(failure.event(at: .polling))
        case .notAsked: break
        }
        return nil
    }

    /// When it cannot be told, the batch comes again.
    private func isAcknowledged(_ id: String) async -> Bool {
        switch await tools.gate.acknowledge(id) {
        case .answered: return true
        case .failed(let failure): tools.log.write(failure.event(at: .pollingAck))
        case .notAsked: break
        }
        return false
    }

    /// - Returns: false when it ended for want of time.
    private func lookAgain() async throws(LedgerError) -> Bool {
        let dueBy = tools.time.now
        var looks = 0
        var position: ReportPosition?
        while looks < Self.mostLooks, mayLookAgain {
            let messages = try await reports.reportsToRetry(past: position, at: dueBy, limit: Self.looksAtOnce)
            guard let last = messages.last else { return true }
            position = last.kept.map { ReportPosition(tryAt: $0.tryAt, key: last.key) } ?? position
            toConfirm += try await intake.lookAgain(at: messages)
            looks += messages.count
        }
        return Task.isCancelled
    }

    private var mayFetch: Bool { !Task.isCancelled && budget.mayFetch(after: tools.time.uptime - startedUptime) }

    private var mayLookAgain: Bool {
        !Task.isCancelled && budget.mayLookAgain(after: tools.time.uptime - startedUptime)
    }

    private var event: LogEvent {
        LogEvent(
            .info, "polling.completed",
            [
                LogField("batches", .integer(batches)), LogField("reports", .integer(fetched)),
                LogField("unmatched", .integer(intake.unmatched)),
                LogField("unconfirmed", .integer(intake.unconfirmed)),
            ])
    }
}

extension LogEvent {
    fileprivate static var repeatedBatch: LogEvent {
        LogEvent(
            .warn, "polling.repeated",
            [
                LogField(
                    "error",
                    .string(
                        "the provider hands out a batch that it took the acknowledgement of; polling goes on in the"
                            + " next cycle"))
            ])
    }
}

extension QuestionFailure {
    fileprivate func event(at endpoint: Endpoint) -> LogEvent {
        let transaction = transactionID.map { [LogField("infobank_tr_id", .string($0))] } ?? []
        return LogEvent(
            .debug, "polling.failed",
            [LogField("endpoint", .string(endpoint.rawValue)), LogField("error", .string(detail))] + transaction)
    }
}

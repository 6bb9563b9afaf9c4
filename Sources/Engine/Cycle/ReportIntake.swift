internal import Reconciliation

/// Fetches the reports that the provider holds ready, lets `ReportSifter` say what they mean for their messages, and has
/// that written: a batch is committed before it is acknowledged, so that a crash in between only makes it come again.
/// Then looks again at the reports that are kept, however they came: is the row there by now? Failures to be confirmed are
/// left to the pass.
@EventLoop
final class ReportIntake {
    /// Batches in one cycle: a provider that never comes to an end must not keep it from all else.
    private static let mostBatches = 1_000
    /// Kept reports' messages looked at again in one cycle, and at a time.
    private static let mostLooks = 10_000
    private static let looksAtOnce = 200

    private let ledger: any Ledger
    private let client: ProviderClient
    private let committer: Committer
    private let arrival: ReportArrival
    private let budget: PollingBudget
    private let time: any Timekeeper
    private let log: any Log
    private var sifter: ReportSifter
    private let startedUptime: Duration
    private var batches = 0
    private var fetched = 0
    /// Of the messages reported: those without a row, and those with a failure that has to be confirmed first.
    private var unmatched = 0
    private var unconfirmed = 0
    /// Messages with failures that are to be confirmed.
    private(set) var toConfirm: [(key: MessageKey, kept: ParkedReports)] = []

    init(
        _ arrival: ReportArrival, ledger: any Ledger, client: ProviderClient, committer: Committer,
        sifter: ReportSifter, budget: PollingBudget, time: any Timekeeper, log: any Log
    ) {
        self.arrival = arrival
        self.ledger = ledger
        self.client = client
        self.committer = committer
        self.budget = budget
        self.time = time
        self.log = log
        self.sifter = sifter
        startedUptime = time.uptime
    }

    /// - Returns: false when there is more to do than there was time for.
    func run() async throws(LedgerError) -> Bool {
        let isDrained = try await arrival == .polling ? drain() : true
        let isThrough = try await lookAgain()
        if batches > 0 {
            log.write(.polled(batches: batches, reports: fetched, unmatched: unmatched, unconfirmed: unconfirmed))
        }
        return isDrained && isThrough
    }

    // MARK: What the provider holds ready

    /// - Returns: false when it ended for want of time.
    private func drain() async throws(LedgerError) -> Bool {
        var acknowledged: Set<String> = []
        while batches < Self.mostBatches, mayFetch {
            guard let batch = await next() else { return true }
            batches += 1
            fetched += batch.entries.count
            let taken = try await committer.take(batch.entries, by: sifter)
            unmatched += taken.unmatched
            unconfirmed += taken.unconfirmed
            guard !acknowledged.contains(batch.id) else {
                log.write(.repeatedBatch)
                return true
            }
            guard await isAcknowledged(batch.id) else { return true }
            acknowledged.insert(batch.id)
        }
        return Task.isCancelled
    }

    private func next() async -> ReportBatch? {
        switch await client.poll() {
        case .answered(let batch, _): return batch
        case .failed(let failure): log.write(failure.event(at: .polling))
        case .notAsked: break
        }
        return nil
    }

    /// When it cannot be told, the batch comes again.
    private func isAcknowledged(_ id: String) async -> Bool {
        switch await client.acknowledge(id) {
        case .answered: return true
        case .failed(let failure): log.write(failure.event(at: .pollingAck))
        case .notAsked: break
        }
        return false
    }

    // MARK: What is kept

    /// - Returns: false when it ended for want of time.
    private func lookAgain() async throws(LedgerError) -> Bool {
        let dueBy = time.now
        var looks = 0
        var position: ReportPosition?
        while looks < Self.mostLooks, mayLookAgain {
            let messages = try await ledger.reportsToRetry(past: position, at: dueBy, limit: Self.looksAtOnce)
            guard let last = messages.last else { return true }
            position = last.kept.map { ReportPosition(tryAt: $0.tryAt, key: last.key) } ?? position
            try await lookAgain(at: messages)
            looks += messages.count
        }
        return Task.isCancelled
    }

    /// Is the row there by now? None of those that are written is to be looked at again at once; those with a failure to
    /// be confirmed are left as they are.
    private func lookAgain(at messages: [ReportedMessage]) async throws(LedgerError) {
        var changes: [ReportDecision] = []
        for reported in messages {
            switch sifter.sift(reported, [], at: time.now) {
            case .write(let change): changes.append(change)
            case .confirm(var kept, let refusals):
                // They go on waiting as they did.
                kept.tryAt = reported.kept?.tryAt ?? kept.tryAt
                if !refusals.isEmpty || kept != reported.kept {
                    changes.append(
                        ReportDecision(reported.key, nil, kept: kept, read: reported.kept, refusals: refusals))
                }
                toConfirm.append((reported.key, kept))
            case .nothing: break
            }
        }
        try await committer.write(changes)
    }

    private var mayFetch: Bool { !Task.isCancelled && budget.mayFetch(after: time.uptime - startedUptime) }

    private var mayLookAgain: Bool { !Task.isCancelled && budget.mayLookAgain(after: time.uptime - startedUptime) }
}

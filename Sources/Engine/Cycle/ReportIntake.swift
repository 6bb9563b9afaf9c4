internal import Reconciliation

/// Fetches the reports that the provider holds ready, lets `ReportOutcome` say what they mean for their messages, and has
/// that written: a batch is committed before it is acknowledged, so that a crash in between only makes it come again.
/// Then looks again at the reports that are kept: is the row there by now? Failures to be confirmed are left to the pass.
@EventLoop
final class ReportIntake {
    /// Batches in one cycle: a provider that never comes to an end must not keep it from all else.
    private static let mostBatches = 1_000
    /// Messages looked up at a time.
    private static let messagesAtOnce = 500
    /// Kept reports' messages looked at again in one cycle, and at a time.
    private static let mostLooks = 10_000
    private static let looksAtOnce = 200

    private let ledger: any Ledger
    private let client: ProviderClient
    private let committer: Committer
    private let policy: Policy
    private let budget: PollingBudget
    private let time: any Timekeeper
    private let log: any Log
    private var random: any RandomNumberGenerator
    private let startedUptime: Duration
    private var batches = 0
    private var fetched = 0
    /// Of the messages reported: those without a row, and those with a failure that has to be confirmed first.
    private var unmatched = 0
    private var unconfirmed = 0
    /// Messages with failures that are to be confirmed.
    private(set) var toConfirm: [(key: MessageKey, kept: ParkedReports)] = []

    private enum Sifted {
        case write(ReportDecision)
        /// With the refusals that nobody has been told of.
        case confirm(ParkedReports, [ReportEntry])
        case nothing
    }

    init(
        ledger: any Ledger, client: ProviderClient, committer: Committer, policy: Policy, budget: PollingBudget,
        time: any Timekeeper, log: any Log, random: any RandomNumberGenerator
    ) {
        self.ledger = ledger
        self.client = client
        self.committer = committer
        self.policy = policy
        self.budget = budget
        self.time = time
        self.log = log
        self.random = random
        startedUptime = time.uptime
    }

    /// - Returns: false when there is more to do than there was time for.
    func run() async throws(LedgerError) -> Bool {
        let isDrained = try await drain()
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
            try await take(batch.entries)
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

    /// Settles what can be settled without a question, and keeps the rest. When it returns, everything is committed.
    private func take(_ entries: [ReportEntry]) async throws(LedgerError) {
        let new = Dictionary(grouping: entries, by: \.key)
        var seen: Set<MessageKey> = []
        var rest = entries.map(\.key).filter { seen.insert($0).inserted }[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Self.messagesAtOnce))
            rest = rest.dropFirst(keys.count)
            var changes: [ReportDecision] = []
            for reported in try await ledger.reported(keys) {
                switch sift(reported, new[reported.key] ?? []) {
                case .write(let change):
                    changes.append(change)
                    if change.kept?.isMatched == false { unmatched += 1 }
                case .confirm(let kept, let refusals):
                    // Of the message nothing is known before it is confirmed; of the account all is.
                    changes.append(ReportDecision(reported.key, nil, kept: kept, refusals: refusals))
                    unconfirmed += 1
                case .nothing:
                    break
                }
            }
            try await committer.write(changes)
        }
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
            switch sift(reported, []) {
            case .write(let change): changes.append(change)
            case .confirm(var kept, let refusals):
                // They go on waiting as they did.
                kept.tryAt = reported.kept?.tryAt ?? kept.tryAt
                if !refusals.isEmpty || kept != reported.kept {
                    changes.append(ReportDecision(reported.key, nil, kept: kept, refusals: refusals))
                }
                toConfirm.append((reported.key, kept))
            case .nothing: break
            }
        }
        try await committer.write(changes)
    }

    private var mayFetch: Bool { !Task.isCancelled && budget.mayFetch(after: time.uptime - startedUptime) }

    private var mayLookAgain: Bool { !Task.isCancelled && budget.mayLookAgain(after: time.uptime - startedUptime) }

    // MARK: What they mean

    private func sift(_ reported: ReportedMessage, _ new: [ReportEntry]) -> Sifted {
        let now = time.now
        var reported = reported
        // What was kept for a message that has a row was told when it came.
        if let kept = reported.kept, kept.isMatched { reported.message?.tracking.note(told: kept.entries) }
        let entries = (reported.kept?.entries ?? []).updated(with: new)
        let reports = ParkedReports(
            entries, isMatched: reported.message != nil, receivedAt: reported.kept?.receivedAt ?? now,
            tries: new.isEmpty ? reported.kept?.tries ?? 0 : 0, tryAt: now)
        let finding = ReportOutcome(
            reported.message, entries: entries, mustConfirm: client.canAskChannels, at: now, policy: policy,
            random: &random)
        switch (finding, reported.message, reports) {
        case (.decided(.wait), _?, let reports?) where new.isEmpty:
            let kept = reports.triedInVain(at: now, random: &random)
            return .write(ReportDecision(reported.key, nil, kept: kept))
        case (.decided(let judgement), let message?, _):
            return .write(change(message, judgement, reports))
        case (.unconfirmed, let message?, let reports?):
            return .confirm(reports, message.tracking.news(of: entries))
        case (.unmatched, _, let reports?):
            let kept = reports.triedInVain(at: now, random: &random)
            return .write(ReportDecision(reported.key, nil, kept: kept))
        default:
            guard reported.kept != nil else { return .nothing }
            return .write(ReportDecision(reported.key, nil, kept: nil))
        }
    }

    /// A message that stays open keeps its reports, to be looked at again: its failures must not be forgotten when
    /// another channel delivers, nor a channel whose outcome is uncertain when another fails.
    private func change(_ message: DueMessage, _ judgement: Judgement, _ reports: ParkedReports?) -> ReportDecision {
        var message = message
        message.isTurn = false
        message.kept = reports
        let kept = judgement.isSettlement ? nil : reports?.triedInVain(at: time.now, random: &random)
        return ReportDecision(message.key, Decision(message, judgement), kept: kept)
    }
}

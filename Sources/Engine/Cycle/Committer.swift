internal import Reconciliation

/// Writes decisions in batches that make themselves: while one batch is being committed, the next one gathers. A
/// single decision is committed at once; a flood costs one commit for as many as the ledger has room for. What is
/// committed is told to the report.
@EventLoop
final class Committer {
    private static let firstBatch = 50
    private static let largestBatch = 2000
    /// Messages of which reports are taken at a time.
    private static let mostTaken = 500
    /// With so many waiting, whoever brings more should wait too.
    private static let fullAt = 4000

    private let ledger: any Ledger
    private let report: CycleReport
    private let time: any Timekeeper
    private var random: any RandomNumberGenerator
    private var waiting: [Decision] = []
    /// About messages with reports that wait to be confirmed.
    private var reported: [ReportDecision] = []
    private var room = firstBatch
    private var observations: [AlertObservation] = []
    private var writer: Task<Void, Never>?
    /// What ended the writing.
    private(set) var error: LedgerError?
    /// Whether the table refused some rows, which were put off, although all others were written.
    private(set) var hasRefusals = false

    init(ledger: any Ledger, report: CycleReport, time: any Timekeeper, random: any RandomNumberGenerator) {
        self.ledger = ledger
        self.report = report
        self.random = random
        self.time = time
    }

    var isFull: Bool { waiting.count + reported.count >= Self.fullAt }

    func add(_ decision: Decision) {
        if let kept = decision.message.kept {
            // A message that stays open keeps its reports: its failures must not be forgotten when another channel
            // delivers.
            let left = decision.judgement.isSettlement ? nil : kept.triedInVain(at: time.now, random: &random)
            reported.append(ReportDecision(decision.message.key, decision, kept: left, read: kept))
        } else {
            waiting.append(decision)
        }
        startWriting()
    }

    /// Lets reports wait longer to be confirmed, and leaves their message's row alone.
    /// - Parameter isTried: whether the question about them was put.
    func putOff(_ kept: ParkedReports, of key: MessageKey, isTried: Bool) {
        let left = isTried ? kept.triedInVain(at: time.now, random: &random) : kept.postponed(at: time.now)
        reported.append(ReportDecision(key, nil, kept: left, read: kept))
        startWriting()
    }

    func add(_ observations: [AlertObservation]) {
        self.observations += observations
        startWriting()
    }

    /// Returns when all that was added is committed, or a commit has failed (`error`): then what waits is dropped,
    /// and its messages are simply still due.
    func flush() async {
        while let writer { await writer.value }
    }

    /// Writes these, whatever waits. When it returns, everything is committed.
    func write(_ decisions: [ReportDecision]) async throws(LedgerError) {
        var rest = decisions[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(room))
            rest = rest.dropFirst(batch.count)
            try await write(batch: batch)
        }
    }

    /// Takes reports just come. When it returns, everything is committed.
    func take(_ entries: [ReportEntry], by sifter: ReportSifter) async throws(LedgerError) -> TakeResult {
        var result = TakeResult()
        var rest = entries.byKey[...]
        while !rest.isEmpty {
            let batch = rest.prefix(min(room, Self.mostTaken))
            rest = rest.dropFirst(batch.count)
            let taken = try await ledger.take(batch.flatMap(\.entries), by: sifter, time: time)
            if taken.rejected > 0 { hasRefusals = true }
            committed(taken.commit, taken.decisions)
            result.add(taken)
        }
        return result
    }

    private func startWriting() {
        guard writer == nil, error == nil else { return }
        writer = EventLoop.task { [self] in await write() }
    }

    private func write() async {
        while !(waiting.isEmpty && reported.isEmpty && observations.isEmpty), error == nil {
            do throws(LedgerError) {
                try await writeObservations()
                try await write(batch: take(&waiting))
                try await write(batch: take(&reported))
            } catch {
                self.error = error
                waiting = []
                reported = []
                observations = []
            }
        }
        writer = nil
    }

    private func take<Item>(_ waiting: inout [Item]) -> [Item] {
        let batch = Array(waiting.prefix(room))
        waiting.removeFirst(batch.count)
        return batch
    }

    private func writeObservations() async throws(LedgerError) {
        guard !observations.isEmpty else { return }
        let batch = observations
        observations = []
        try await ledger.observe(batch, at: time.now)
        report.committed(CommitResult(), [])
    }

    private func write(batch: [Decision]) async throws(LedgerError) {
        try await write(batch, puttingOff: { $0.refused($1, at: $2) }) { batch throws(LedgerError) in
            committed(try await ledger.commit(batch, at: time.now), batch)
        }
    }

    private func write(batch: [ReportDecision]) async throws(LedgerError) {
        try await write(batch, puttingOff: { $0.refused($1, at: $2) }) { batch throws(LedgerError) in
            committed(try await ledger.apply(batch, at: time.now), batch.compactMap(\.decision))
        }
    }

    private func committed(_ result: CommitResult, _ decisions: [Decision]) {
        room = result.room ?? Self.largestBatch
        report.committed(result, decisions)
    }

    /// Writes a batch in one transaction; one by one where the store refuses it as it is. A row that the application's own
    /// CHECK, foreign key or trigger refuses to have changed must not keep the others from it: it is put off. What is
    /// wrong with the whole table (a column that is missing, say) is no row's refusal: it ends the writing.
    /// - Parameter putOff: what is written instead, so that the row is left as it is and people hear of it.
    private func write<Item: Sendable>(
        _ batch: [Item], puttingOff putOff: @EventLoop (Item, LedgerError, Timestamp) -> Item,
        by write: @EventLoop ([Item]) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        guard !batch.isEmpty else { return }
        do throws(LedgerError) {
            return try await write(batch)
        } catch {
            guard error.kind == .rowRejected else { throw error }
        }
        for item in batch {
            do throws(LedgerError) {
                try await write([item])
            } catch {
                guard error.kind == .rowRejected else { throw error }
                try await write([putOff(item, error, time.now)])
                hasRefusals = true
            }
        }
    }
}

extension Ledger {
    /// Takes reports just come, in one transaction; message by message where the table refuses to have a row changed, which
    /// must not keep the others from it: it is put off, and its reports are kept.
    @EventLoop
    func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, time: any Timekeeper
    ) async throws(LedgerError) -> TakeResult {
        do throws(LedgerError) {
            return try await take(entries, by: sifter, puttingOffFor: nil, at: time.now)
        } catch {
            guard error.kind == .rowRejected else { throw error }
        }
        var result = TakeResult()
        for (_, entries) in entries.byKey {
            do throws(LedgerError) {
                result.add(try await take(entries, by: sifter, puttingOffFor: nil, at: time.now))
            } catch {
                guard error.kind == .rowRejected else { throw error }
                result.add(try await take(entries, by: sifter, puttingOffFor: error, at: time.now))
                result.rejected += 1
            }
        }
        return result
    }
}

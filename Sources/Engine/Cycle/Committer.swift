internal import Reconciliation

/// Writes decisions in batches that make themselves: while one batch is being committed, the next one gathers. A
/// single decision is committed at once; a flood costs one commit for as many as the ledger has room for.
@Loop
final class Committer {
    static let firstBatch = 50
    static let largestBatch = 2000
    /// With so many waiting, whoever brings more should wait too.
    static let fullAt = 4000

    private let ledger: any Ledger
    /// Nil where reports are not fetched by polling.
    private let reports: (any ReportLedger)?
    private let time: any Timekeeper
    private let onCommit: @Loop (CommitResult, [Decision]) -> Void
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

    init(
        ledger: any Ledger, reports: (any ReportLedger)?, time: any Timekeeper, random: any RandomNumberGenerator,
        onCommit: @escaping @Loop (CommitResult, [Decision]) -> Void
    ) {
        self.ledger = ledger
        self.reports = reports
        self.random = random
        self.time = time
        self.onCommit = onCommit
    }

    var isFull: Bool { waiting.count + reported.count >= Self.fullAt }

    func add(_ decision: Decision) {
        if let kept = decision.message.kept {
            // A message that stays open keeps its reports: its failures must not be forgotten when another channel
            // delivers.
            let left = decision.judgement.isSettlement ? nil : kept.triedInVain(at: time.now, random: &random)
            reported.append(ReportDecision(decision.message.key, decision, kept: left))
        } else {
            waiting.append(decision)
        }
        startWriting()
    }

    /// Lets reports wait longer to be confirmed, and leaves their message's row alone.
    /// - Parameter isTried: whether the question about them was put.
    func putOff(_ kept: KeptReports, of key: MessageKey, isTried: Bool) {
        let left = isTried ? kept.triedInVain(at: time.now, random: &random) : kept.postponed(at: time.now)
        reported.append(ReportDecision(key, nil, kept: left))
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

    private func startWriting() {
        guard writer == nil, error == nil else { return }
        writer = Task { await write() }
    }

    private func write() async {
        while !(waiting.isEmpty && reported.isEmpty && observations.isEmpty), error == nil {
            do {
                try await writeObservations()
                try await writeBatch()
                try await writeReported()
            } catch {
                self.error = error
                waiting = []
                reported = []
                observations = []
            }
        }
        writer = nil
    }

    private func writeObservations() async throws(LedgerError) {
        guard !observations.isEmpty else { return }
        let batch = observations
        observations = []
        try await ledger.observe(batch, at: time.now)
        onCommit(CommitResult(), [])
    }

    private func writeBatch() async throws(LedgerError) {
        guard !waiting.isEmpty else { return }
        let batch = Array(waiting.prefix(room))
        waiting.removeFirst(batch.count)
        let isPutOff = try await RowByRow.write(batch) { batch throws(LedgerError) in
            let result = try await ledger.commit(batch, at: time.now)
            room = result.room ?? Self.largestBatch
            onCommit(result, batch)
        } puttingOff: {
            $0.refused($1, at: time.now)
        }
        if isPutOff { hasRefusals = true }
    }

    private func writeReported() async throws(LedgerError) {
        guard let reports, !reported.isEmpty else { return }
        let batch = Array(reported.prefix(room))
        reported.removeFirst(batch.count)
        let isPutOff = try await RowByRow.write(batch) { batch throws(LedgerError) in
            let result = try await reports.apply(batch, at: time.now)
            room = result.room ?? Self.largestBatch
            onCommit(result, batch.compactMap(\.decision))
        } puttingOff: {
            $0.refused($1, at: time.now)
        }
        if isPutOff { hasRefusals = true }
    }
}

package import Reconciliation

/// Does what commands have left to whoever works on the database, each kind in its order: nobody who asks about a message
/// waits for the end of a verification.
@EventLoop
package final class ErrandDesk {
    private static let mostAtOnce = 20

    package typealias Store = Ledger & VerificationLedger & ErrandLedger

    private let ledger: any Store
    private let client: ProviderClient
    private let verifier: Verifier
    private let policy: Policy
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private let random: any RandomNumberGenerator & Sendable
    private let onChange: @EventLoop () -> Void
    private var work: [Errand.Kind: Task<Void, Never>] = [:]
    private var isDraining = false
    /// What somebody has rung for while it was at work may have been missed.
    private var news: Set<Errand.Kind> = []

    /// - Parameter onChange: called when rows or alerts may have changed.
    package init(
        ledger: any Store, client: ProviderClient, verifier: Verifier, policy: Policy, time: any Timekeeper,
        log: any Log, meter: any MetricsRecorder, random: any RandomNumberGenerator & Sendable,
        onChange: @escaping @EventLoop () -> Void = {}
    ) {
        self.ledger = ledger
        self.client = client
        self.verifier = verifier
        self.policy = policy
        self.time = time
        self.log = log
        self.meter = meter
        self.random = random
        self.onChange = onChange
    }

    /// Begins with what there is to do.
    package func look() {
        guard !isDraining else { return }
        news = Set(Errand.Kind.allCases)
        for kind in Errand.Kind.allCases where work[kind] == nil {
            work[kind] = EventLoop.task { [self] in
                while !isDraining, news.remove(kind) != nil { await workOnce(kind) }
                work[kind] = nil
            }
        }
    }

    /// Begins nothing more, and asks no further question; what is not done is left to the next process.
    package func stop() {
        isDraining = true
        for task in work.values { task.cancel() }
    }

    /// Returns when what is under way has ended.
    package func drain() async {
        stop()
        for task in work.values { await task.value }
    }

    /// Does all there is to do.
    package func workOnce() async {
        for kind in Errand.Kind.allCases { await workOnce(kind) }
    }

    private func workOnce(_ kind: Errand.Kind) async {
        do throws(LedgerError) {
            var open = try await ledger.openErrands(kind, limit: Self.mostAtOnce)
            while !open.isEmpty {
                for (id, errand) in open {
                    let result = try await perform(errand)
                    guard !Task.isCancelled else { return }
                    try await ledger.end(id, with: result, at: time.now)
                }
                open = try await ledger.openErrands(kind, limit: Self.mostAtOnce)
            }
        } catch {
            log.write(error.event(by: kind.rawValue))
        }
    }

    private func perform(_ errand: Errand) async throws(LedgerError) -> ErrandResult {
        switch errand {
        case .ask(let keys): return .asked(try await ask(keys))
        case .verify(let span):
            let result = try await verifier.verify(span)
            return .verified(
                VerifiedSpan(
                    checked: result.checked, requests: result.requests, isComplete: !result.isIncomplete,
                    found: result.found.values.reduce(0, +), listed: result.differences))
        }
    }

    // MARK: Asking

    private func ask(_ keys: [MessageKey]) async throws(LedgerError) -> [AskedMessage] {
        let report = CycleReport(client: client, time: time, log: log, meter: meter, onCommit: onChange)
        let committer = Committer(ledger: ledger, report: report, time: time, random: random)
        let clock = JumpingClock(time)
        try await clock.recall(from: ledger, at: time.now)
        let inquiry = MessageInquiry(
            client: client, policy: policy, clock: clock, time: time, startedAt: time.now, random: random)
        var answers: [AskedMessage] = []
        for reported in try await ledger.reported(keys) where !Task.isCancelled {
            guard var message = reported.message else { continue }
            message.kept = reported.kept
            answers.append(AskedMessage(reported.key, try await ask(about: message, inquiry, committer)))
        }
        await committer.flush()
        report.finish()
        if let error = committer.error { throw error }
        onChange()
        return answers
    }

    private func ask(
        about message: DueMessage, _ inquiry: MessageInquiry, _ committer: Committer
    ) async throws(LedgerError) -> AskedMessage.Answer {
        switch message.status {
        case .pending, .deadLetter: break
        case .sent: return await say(of: message)
        case .other: return .unanswered("not asked: its row is none of the reconciler's")
        }
        switch await inquiry.inquire(message) {
        case .judged(let judgement), .open(let judgement):
            committer.add(Decision(message, judgement))
            return AskedMessage.Answer(judgement)
        case .failed(let failure, _): return .unanswered(failure.detail)
        case .notAsked: return .unanswered("the provider is not being asked now")
        }
    }

    /// Of a row that stays as it is, whatever is heard.
    private func say(of message: DueMessage) async -> AskedMessage.Answer {
        switch await client.askOutcome(of: message.key) {
        case .answered(let entries, _): AskedMessage.Answer(Verdict(entries: entries))
        case .failed(let failure): .unanswered(failure.detail)
        case .notAsked: .unanswered("the provider is not being asked now")
        }
    }
}

extension AskedMessage.Answer {
    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .delivered: .delivered
            case .failed(let entry): entry.code.map(Self.failed) ?? .noReportYet
            case .inFlight: .noReportYet
            }
    }

    init(_ judgement: Judgement) {
        self =
            switch judgement {
            case .settle(let settlement) where settlement.to == .sent: .delivered
            case .settle(let settlement) where settlement.reason == .reported:
                settlement.code.map(Self.failed) ?? .noReportYet
            case .settle, .wait: .noReportYet
            }
    }
}

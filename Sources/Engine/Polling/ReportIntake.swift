internal import Reconciliation

/// Applies reports that came unasked: finds their messages, lets `ReportFinding` say what they mean, and writes it.
@Loop
final class ReportIntake {
    /// Messages looked up at a time.
    static let messagesAtOnce = 500

    private let reports: any ReportLedger
    private let tools: Reconciler.Tools
    private let memory: PassMemory
    private let confirmer: Confirmer
    private var random: any RandomNumberGenerator
    private let onCommit: @Loop (CommitResult, [Decision]) -> Void
    /// Of the messages reported: those without a row, and those with a failure that has to be confirmed first.
    private(set) var unmatched = 0
    private(set) var unconfirmed = 0
    /// Whether the table refused some rows, which were put off, although all others were written.
    private(set) var hasRefusals = false
    /// Messages in the next transaction.
    private var room = Committer.firstBatch

    private enum Sifted {
        case write(Change)
        /// With the refusals that nobody has been told of.
        case confirm(DueMessage, KeptReports, [ReportEntry])
        case nothing
    }

    /// What is to be written, and the reports that led to it; nil when they are not worth keeping.
    private struct Change {
        var decision: ReportDecision
        var reports: KeptReports?

        /// Its reports are kept, so that the batch can be acknowledged.
        func refused(_ error: LedgerError, at now: Timestamp) -> Change {
            var kept = reports
            kept?.tryAt = Decision.afterRefusal(at: now)
            let putOff = decision.decision?.refused(error, at: now)
            return Change(
                decision: ReportDecision(decision.key, putOff, kept: kept, refusals: decision.refusals),
                reports: reports)
        }
    }

    init(
        _ reports: any ReportLedger, _ tools: Reconciler.Tools, _ memory: PassMemory, _ confirmer: Confirmer,
        random: any RandomNumberGenerator, onCommit: @escaping @Loop (CommitResult, [Decision]) -> Void
    ) {
        self.reports = reports
        self.tools = tools
        self.memory = memory
        self.confirmer = confirmer
        self.random = random
        self.onCommit = onCommit
    }

    /// Settles what can be settled without a question, and keeps the rest. When it returns, everything is committed.
    func take(_ entries: [ReportEntry]) async throws(LedgerError) {
        let new = Dictionary(grouping: entries, by: \.key)
        var seen: Set<MessageKey> = []
        var rest = entries.map(\.key).filter { seen.insert($0).inserted }[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Self.messagesAtOnce))
            rest = rest.dropFirst(keys.count)
            var changes: [Change] = []
            for reported in try await reports.reported(keys) {
                switch sift(reported, new[reported.key] ?? []) {
                case .write(let change):
                    changes.append(change)
                    if change.decision.kept?.isMatched == false { unmatched += 1 }
                case .confirm(let message, let kept, let refusals):
                    // Of the message nothing is known before it is confirmed; of the account all is.
                    let decision = ReportDecision(message.key, nil, kept: kept, refusals: refusals)
                    changes.append(Change(decision: decision, reports: kept))
                    unconfirmed += 1
                case .nothing:
                    break
                }
            }
            try await write(changes)
        }
    }

    /// Looks again at messages with kept reports: is the row there by now, is the failure confirmed? None of them is
    /// to be looked at again at once.
    func lookAgain(
        at messages: [ReportedMessage], while hasTime: @escaping @Loop () -> Bool
    ) async throws(LedgerError) {
        var changes: [Change] = []
        var toConfirm: [MessageKey: (DueMessage, KeptReports)] = [:]
        for reported in messages {
            switch sift(reported, []) {
            case .write(let change): changes.append(change)
            case .confirm(let message, let kept, _): toConfirm[message.key] = (message, kept)
            case .nothing: break
            }
        }
        try await write(changes)
        let findings = await confirmer.confirm(toConfirm.keys.sorted(), while: hasTime)
        try await write(
            findings.compactMap { key, finding in
                toConfirm[key].map { message, kept in judged(message, kept, finding) }
            })
    }

    private func sift(_ reported: ReportedMessage, _ new: [ReportEntry]) -> Sifted {
        let now = tools.time.now
        var reported = reported
        // What was kept for a message that has a row was told when it came.
        if let kept = reported.kept, kept.isMatched { reported.message?.tracking.note(told: kept.entries) }
        let entries = (reported.kept?.entries ?? []).updated(with: new)
        let reports = KeptReports(
            entries, isMatched: reported.message != nil, receivedAt: reported.kept?.receivedAt ?? now,
            tries: new.isEmpty ? reported.kept?.tries ?? 0 : 0, tryAt: now)
        let finding = ReportFinding(
            reported.message, entries: entries, mustConfirm: tools.gate.canAskChannels, at: now, policy: tools.policy,
            random: &random)
        switch (finding, reported.message, reports) {
        case (.decided(.wait), _?, let reports?) where new.isEmpty:
            let kept = reports.triedInVain(at: now, random: &random)
            return .write(Change(decision: ReportDecision(reported.key, nil, kept: kept), reports: reports))
        case (.decided(let judgement), let message?, _):
            return .write(change(message, judgement, reports))
        case (.unconfirmed, let message?, let reports?):
            return .confirm(message, reports, message.tracking.news(of: entries))
        case (.unmatched, _, let reports?):
            let kept = reports.triedInVain(at: now, random: &random)
            return .write(Change(decision: ReportDecision(reported.key, nil, kept: kept), reports: reports))
        default:
            guard reported.kept != nil else { return .nothing }
            return .write(Change(decision: ReportDecision(reported.key, nil, kept: nil), reports: nil))
        }
    }

    private func judged(_ message: DueMessage, _ kept: KeptReports, _ finding: Confirmer.Finding) -> Change {
        let now = tools.time.now
        switch finding {
        case .answered(let channels, let askedAt):
            let judgement = Judgement(
                memory.judged(message, by: tools.time), entries: kept.confirmed(by: channels),
                askedAt: min(askedAt, now), policy: tools.policy, random: &random)
            return change(message, judgement.byReport, kept)
        case .failed:
            let later = kept.triedInVain(at: now, random: &random)
            return Change(decision: ReportDecision(message.key, nil, kept: later), reports: kept)
        case .notAsked:
            return Change(decision: ReportDecision(message.key, nil, kept: kept.postponed(at: now)), reports: kept)
        }
    }

    /// A message that stays open keeps its reports, to be looked at again: its failures must not be forgotten when
    /// another channel delivers, nor a channel whose outcome is uncertain when another fails.
    private func change(_ message: DueMessage, _ judgement: Judgement, _ reports: KeptReports?) -> Change {
        var kept: KeptReports?
        if case .wait = judgement { kept = reports?.triedInVain(at: tools.time.now, random: &random) }
        return Change(decision: ReportDecision(message.key, Decision(message, judgement), kept: kept), reports: reports)
    }

    private func write(_ changes: [Change]) async throws(LedgerError) {
        var rest = changes[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(room))
            rest = rest.dropFirst(batch.count)
            let isPutOff = try await RowByRow.write(batch) { changes throws(LedgerError) in
                let decisions = changes.map(\.decision)
                let result = try await reports.apply(decisions, at: tools.time.now)
                room = result.room ?? Self.messagesAtOnce
                onCommit(result, decisions.compactMap(\.decision))
            } puttingOff: {
                $0.refused($1, at: tools.time.now)
            }
            if isPutOff { hasRefusals = true }
        }
    }
}

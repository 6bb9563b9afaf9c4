internal import Reconciliation

/// Applies reports that came unasked: finds their messages, lets `ReportFinding` say what they mean, and writes it.
@Loop
final class ReportIntake {
    /// Messages looked up at a time.
    static let messagesAtOnce = 500

    private let reports: any ReportLedger
    private let tools: Reconciler.Tools
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
        case write(ReportDecision)
        /// With the refusals that nobody has been told of.
        case confirm(KeptReports, [ReportEntry])
        case nothing
    }

    init(
        _ reports: any ReportLedger, _ tools: Reconciler.Tools, random: any RandomNumberGenerator,
        onCommit: @escaping @Loop (CommitResult, [Decision]) -> Void
    ) {
        self.reports = reports
        self.tools = tools
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
            var changes: [ReportDecision] = []
            for reported in try await reports.reported(keys) {
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
            try await write(changes)
        }
    }

    /// Looks again at messages with kept reports: is the row there by now? None of those that are written is to be looked
    /// at again at once.
    /// - Returns: those with a failure to be confirmed, left as they are.
    func lookAgain(
        at messages: [ReportedMessage]
    ) async throws(LedgerError) -> [(key: MessageKey, kept: KeptReports)] {
        var changes: [ReportDecision] = []
        var toConfirm: [(key: MessageKey, kept: KeptReports)] = []
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
        try await write(changes)
        return toConfirm
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
    private func change(_ message: DueMessage, _ judgement: Judgement, _ reports: KeptReports?) -> ReportDecision {
        var message = message
        message.isTurn = false
        message.kept = reports
        let kept = judgement.isSettlement ? nil : reports?.triedInVain(at: tools.time.now, random: &random)
        return ReportDecision(message.key, Decision(message, judgement), kept: kept)
    }

    private func write(_ changes: [ReportDecision]) async throws(LedgerError) {
        var rest = changes[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(room))
            rest = rest.dropFirst(batch.count)
            let isPutOff = try await RowByRow.write(batch) { batch throws(LedgerError) in
                let result = try await reports.apply(batch, at: tools.time.now)
                room = result.room ?? Self.messagesAtOnce
                onCommit(result, batch.compactMap(\.decision))
            } puttingOff: {
                $0.refused($1, at: tools.time.now)
            }
            if isPutOff { hasRefusals = true }
        }
    }
}

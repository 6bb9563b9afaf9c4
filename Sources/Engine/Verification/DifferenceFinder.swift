internal import Reconciliation

/// Holds what the provider's listings say against the rows, and finds out about what differs:
///
///     page ─▶ Comparison ─┬▶ a dead letter was delivered: healed at once, as a late report
///                         └▶ suspicions ─▶ a few of a kind asked about by themselves ─▶ noted, and told
///
/// Where all that were asked about are as the listing says, so are the others; else only those are noted.
@EventLoop
final class DifferenceFinder {
    /// Suspicions of a kind that are asked about.
    private static let mostAsked = 20
    /// Kept in mind at a time; more are looked into before it goes on.
    private static let mostSuspicions = 10_000
    /// Noted in one transaction.
    private static let notedAtOnce = 250

    typealias Store = Ledger & VerificationLedger

    private let ledger: any Store
    private let client: ProviderClient
    private let policy: Policy
    private let serviceTypes: Set<String>?
    private let time: any Timekeeper
    private let meter: any MetricsRecorder
    private let report: CycleReport
    private var random: any RandomNumberGenerator
    private var suspicions: [MessageKey: Difference] = [:]
    /// What the page before said: the channels of a message may be on two of them.
    private var lastPage: [MessageKey: [ReportEntry]] = [:]
    private(set) var result = VerificationResult()

    /// - Parameters:
    ///   - serviceTypes: ours; nil: all are.
    ///   - report: is told of what is healed.
    init(
        ledger: any Store, client: ProviderClient, policy: Policy, serviceTypes: Set<String>?, time: any Timekeeper,
        meter: any MetricsRecorder, report: CycleReport, random: any RandomNumberGenerator
    ) {
        self.ledger = ledger
        self.client = client
        self.policy = policy
        self.serviceTypes = serviceTypes
        self.time = time
        self.meter = meter
        self.report = report
        self.random = random
    }

    // MARK: Asking

    func history(_ question: HistoryQuestion) async -> ProviderClient.Outcome<HistoryPage> {
        count(await client.history(question, urgency: .idle), .history)
    }

    func ask(_ question: Question) async -> ProviderClient.Outcome<[ReportEntry]> {
        count(await client.ask(question, isTelling: false, urgency: .idle), question.endpoint)
    }

    func statistics(_ question: StatisticsQuestion) async -> ProviderClient.Outcome<[DailyStatistics]> {
        count(await client.statistics(question), .statistics)
    }

    /// - Returns: nil where the provider does not answer.
    func sender(_ key: SenderKey, on day: KoreanDay) async -> SenderState? {
        guard case .answered(let profile, _) = count(await client.senderProfile(key), .senderProfile),
            case .answered(let sanction, _) = count(await client.senderSanction(key, on: day), .senderSanction)
        else { return nil }
        return SenderState(profile: profile, sanction: sanction)
    }

    private func count<Answer>(_ outcome: ProviderClient.Outcome<Answer>, _ endpoint: Endpoint)
        -> ProviderClient.Outcome<Answer>
    {
        result.count(outcome, endpoint)
        return outcome
    }

    // MARK: Comparing

    func cannotCompare() { result.isWithoutRows = true }

    /// Compares what a page says.
    func compare(_ entries: [ReportEntry], askedAt: Timestamp) async throws(LedgerError) {
        let page = entries.byKey
        let before = lastPage
        lastPage = Dictionary(page.map { ($0.key, $0.entries) }) { $1 }
        let messages = page.map { ($0.key, (before[$0.key] ?? []) + $0.entries) }
        let rows = try await ledger.reported(messages.map(\.0))
        var healed: [Decision] = []
        var without: [Difference] = []
        for ((key, entries), reported) in zip(messages, rows) {
            let comparison = Comparison(
                key, entries, row: reported.message, serviceTypes: serviceTypes, before: askedAt - policy.after)
            if before[key] == nil { result.count(comparison) }
            suspicions[key] = nil
            switch comparison {
            case .delivered: if let message = reported.message { healed.append(heal(message, entries, askedAt)) }
            case .suspicion(let difference) where difference.kind == .missingRow: without.append(difference)
            case .suspicion(let difference): suspicions[key] = difference
            case .agrees, .open, .foreign: break
            }
        }
        try await commit(healed)
        try await suspect(without)
        if suspicions.count >= Self.mostSuspicions { try await conclude() }
    }

    /// A message whose row had another key when it was sent again is none that has no row.
    private func suspect(_ withoutRow: [Difference]) async throws(LedgerError) {
        guard !withoutRow.isEmpty else { return }
        let traces = try await ledger.traces(of: withoutRow.map(\.key))
        for difference in withoutRow where !traces.contains(difference.key) { suspicions[difference.key] = difference }
    }

    // MARK: Healing

    private func heal(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) -> Decision {
        Decision(
            message, Judgement(message, entries: entries, askedAt: askedAt, policy: policy, random: &random))
    }

    /// Has dead letters of which more is known now settled, where they were delivered.
    func heal(_ messages: [DueMessage], _ entries: [MessageKey: [ReportEntry]], askedAt: Timestamp)
        async throws(LedgerError)
    {
        try await commit(
            messages.compactMap { message in
                guard let entries = entries[message.key], case .delivered = Verdict(entries: entries) else {
                    return nil
                }
                return heal(message, entries, askedAt)
            })
    }

    private func commit(_ decisions: [Decision]) async throws(LedgerError) {
        guard !decisions.isEmpty else { return }
        let committer = Committer(ledger: ledger, report: report, time: time, random: random)
        for decision in decisions { committer.add(decision) }
        await committer.flush()
        if let error = committer.error { throw error }
        let acceptedAt = Dictionary(decisions.map { ($0.message.key, $0.message.acceptedAt) }) { first, _ in first }
        let rows = try await ledger.reported(decisions.map(\.message.key))
        let healed = rows.filter { $0.message?.status == .sent }.map(\.key).map { key in
            Difference(
                .healed, key, rowStatus: .deadLetter, code: .delivered, acceptedAt: acceptedAt[key] ?? nil)
        }
        try await note(healed)
    }

    // MARK: Finding out

    /// Looks into what was suspected.
    func conclude() async throws(LedgerError) {
        let all = suspicions.values.sorted { $0.key < $1.key }
        suspicions = [:]
        let known = try await ledger.known(of: all)
        try await note(all.filter(known.contains))
        let new = Dictionary(grouping: all.filter { !known.contains($0) }, by: \.kind)
        for kind in Difference.Kind.allCases { try await note(await confirmed(new[kind] ?? [])) }
    }

    private func confirmed(_ suspicions: [Difference]) async -> [Difference] {
        let order = suspicions.shuffled(using: &random)
        var confirmed: [Difference] = []
        var isAsListed = true
        for difference in order.prefix(Self.mostAsked) {
            guard difference.key.canBeAsked,
                case .answered(let entries, _) = await ask(.channels(difference.key))
            else { continue }
            if difference.isConfirmed(by: entries) { confirmed.append(difference) } else { isAsListed = false }
        }
        guard isAsListed, !confirmed.isEmpty else { return confirmed }
        return confirmed + order.dropFirst(Self.mostAsked)
    }

    private func note(_ differences: [Difference]) async throws(LedgerError) {
        var rest = differences[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.notedAtOnce))
            rest = rest.dropFirst(some.count)
            let new = try await ledger.note(some, at: time.now)
            // What is wrong is found again and again; what is healed is so once, whoever else was at it.
            let found = some.filter { $0.kind != .healed || new.contains($0) }
            result.add(found)
            for (kind, of) in Dictionary(grouping: found, by: \.kind) {
                meter.verified(VerificationOutcome(kind), count: of.count)
            }
        }
    }
}

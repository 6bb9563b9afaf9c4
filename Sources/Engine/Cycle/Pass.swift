internal import Reconciliation

/// One pass over the due messages:
///
///     reports that came by themselves ─▶ a probe batch ─▶ a scan of the history ─▶ the due queue, question by question
///                                                                 └────────────── decisions, committed in groups ┘
///
/// A small backlog is asked about message by message, or send by send. Before a larger one is, a few messages go ahead
/// (new ones among them, so that a refused account is known of at once), and then a scan of the history takes what it
/// can.
@EventLoop
final class Pass {
    /// So many may come from a few sends; more are worth a closer look.
    private static let fewMessages = 300
    /// How many go ahead of a scan.
    private static let probeBatch = 6

    private let startedAt: Timestamp
    private let ledger: any Ledger
    private let client: ProviderClient
    private let policy: Policy
    /// Whether no other pass follows soon.
    private let isLast: Bool
    private let committer: Committer
    private let report: CycleReport
    private let log: any Log
    private let inquiries: InquiryRunner
    private let scanner: HistoryScanner
    /// Nil where reports do not come by themselves.
    private let intake: ReportIntake?
    /// Rows whose key cannot be one, as the log was told last.
    private(set) var unreadableKeys: RowTally

    /// - Parameters:
    ///   - startedAt: by this time is judged, for the whole pass, what is due.
    ///   - scan: what the pass before has left.
    ///   - knownUnreadable: what the log was told by an earlier pass.
    init(
        startedAt: Timestamp, ledger: any Ledger, client: ProviderClient, policy: Policy, reports: ReportArrival,
        limits: Reconciler.Limits, committer: Committer, report: CycleReport, clock: JumpingClock,
        time: any Timekeeper, log: any Log, random: any RandomNumberGenerator & Sendable, scan: ScanProgress,
        knownUnreadable: RowTally
    ) {
        self.startedAt = startedAt
        self.ledger = ledger
        self.client = client
        self.policy = policy
        isLast = limits.budget == nil
        self.committer = committer
        self.report = report
        self.log = log
        unreadableKeys = knownUnreadable
        let inquiry = MessageInquiry(
            client: client, policy: policy, reportSource: reports.source, clock: clock, time: time,
            startedAt: startedAt, random: random)
        inquiries = InquiryRunner(
            inquiry, client: client, committer: committer, report: report, limits: limits, time: time, log: log)
        scanner = HistoryScanner(
            scan, inquiries, inquiry, ledger: ledger, client: client, committer: committer, report: report,
            startedAt: startedAt, log: log)
        intake =
            reports == .elsewhere
            ? nil
            : ReportIntake(
                reports, ledger: ledger, client: client, committer: committer,
                sifter: ReportSifter(
                    mustConfirm: client.canAskChannels, policy: policy, source: reports.source, random: random),
                budget: PollingBudget(of: limits.budget), time: time, log: log)
    }

    /// What is left to the next pass.
    var scan: ScanProgress { scanner.progress }

    func run() async throws(LedgerError) {
        client.beginPass()
        var storeError: LedgerError?
        do throws(LedgerError) {
            try await settle()
        } catch {
            storeError = error
        }
        await client.endPass(isLast: isLast)
        inquiries.putOffTheRest()
        await committer.flush()
        report.finish()
        if let error = storeError ?? committer.error { throw error }
        if committer.hasRefusals, let refusals = try await ledger.refusals() { throw refusals.error }
    }

    /// The cheapest source first: what it settles need not be asked about.
    private func settle() async throws(LedgerError) {
        var confirmations = try await takeReports()
        let probes = try await probeBatch(beside: confirmations)
        if let probes {
            try await inquiries.ask(about: DueQueue(probes, client: client, report: report, log: log))
            await committer.flush()
            if client.answersQuestions {
                confirmations = try await confirmations.left(in: ledger)
                try await scanner.run(confirming: confirmations, after: probes)
                confirmations = try await confirmations.left(in: ledger)
            }
        }
        // Those that went ahead are still due where their questions failed, but have had their turn.
        let walk = DueWalk(
            ledger, at: startedAt, after: policy.after, confirming: confirmations,
            leavingOut: Set((probes ?? []).map(\.key)))
        try await inquiries.ask(about: DueQueue(then: walk, client: client, report: report, log: log))
        tell(of: walk)
        if !report.isCutShort { scanner.startOver() }
    }

    private func takeReports() async throws(LedgerError) -> Confirmations {
        guard let intake else { return Confirmations() }
        if try await !intake.run() { report.cutShort() }
        return try await Confirmations(intake.toConfirm, in: ledger, at: startedAt)
    }

    /// The messages that go ahead of a scan; nil where there is no more to ask about than a scan could save.
    private func probeBatch(beside confirmations: Confirmations) async throws(LedgerError) -> [DueMessage]? {
        guard client.offersHistory else { return nil }
        let first = try await ledger.due(from: DueCursor(), at: startedAt, limit: Self.fewMessages)
        let messages = confirmations.leftOf(first.messages).interleaved(with: confirmations.messages)
        let sends = PlannedQuestion.fewest(for: messages, bySend: true).count
        guard scan.scan != nil || first.next != nil || sends >= ScanPlan.fewestSends else { return nil }
        return Array(messages.prefix(Self.probeBatch))
    }

    /// Keys that cannot be one are told once: they stay as they are until somebody mends them.
    private func tell(of walk: DueWalk) {
        if walk.unreadableKeys.count > 0, walk.unreadableKeys != unreadableKeys {
            log.write(.unreadableKeys(in: walk.unreadableKeys))
        }
        unreadableKeys = walk.unreadableKeys
        if walk.sentAgain.count > 0 { log.write(.sentAgain(walk.sentAgain)) }
        if walk.farAhead.count > 0 { log.write(.timesFarAhead(of: walk.farAhead)) }
    }
}

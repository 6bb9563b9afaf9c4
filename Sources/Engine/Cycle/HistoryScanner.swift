internal import Reconciliation

/// What one pass leaves to the next of its scan of the history.
struct ScanProgress: Sendable {
    /// Goes on in the next pass.
    var scan: HistoryScan?
    /// Messages the scan has heard of whose outcome waits for its end.
    private var open = 0
    /// What was accepted until then has been scanned, and what is still due of it is asked about one by one.
    var scannedUntil: Timestamp?

    mutating func begin(_ plan: ScanPlan) {
        scan = HistoryScan(plan)
        open = 0
    }

    /// Pages have been worked through.
    /// - Parameters:
    ///   - settled: due messages on them that are.
    ///   - noted: those that were noted and had not been before.
    mutating func workedThrough(pages: Int, settled: Int, noted: Int) {
        open += noted
        scan?.workedThrough(pages: pages, mentioned: settled + noted, open: open)
    }

    /// - Returns: the scan that has ended.
    mutating func end() -> HistoryScan? {
        defer { scan = nil }
        scannedUntil = scan.map { max($0.newest ?? $0.plan.from, $0.plan.from) } ?? scannedUntil
        return scan
    }
}

/// Settles what is due from the history of sends, where that takes fewer requests than asking about each send.
///
///     estimate ─▶ ScanPlan ─▶ page, page, page … ─▶ end
///                               │ young: left to its webhook
///                               │ delivered: settled at once (delivered on any channel is delivered)
///                               └ anything else: noted in the ledger, and judged at the end by all that was heard; a
///                                 refusal of the account or the sender is told at once
///
/// Only a scan that came to the provider's own end can have heard of every channel, so only then a failure, or a message
/// past its deadline, is settled; and not before a few of those, asked about by themselves, were found to be what the
/// listing says (`SpotCheck`): what a page does not contain is evidence of nothing. What the scan did not mention, or
/// could not settle, is still due, and is asked about next.
@EventLoop
final class HistoryScanner {
    /// Pages received and not worked through; with so many the next is not asked for yet.
    private static let pagesAhead = 2
    /// Notes looked at together.
    private static let notesAtOnce = 1000

    private let inquiries: InquiryRunner
    private let inquiry: MessageInquiry
    private let ledger: any Ledger
    private let client: ProviderClient
    private let committer: Committer
    private let report: CycleReport
    private let startedAt: Timestamp
    private let log: any Log
    private var confirmations = Confirmations()
    private var askedBefore: Set<MessageKey> = []
    private(set) var progress: ScanProgress

    private typealias Received = (page: HistoryPage, askedAt: Timestamp)

    private var waiting: [Received] = []
    private var digestion: Task<Void, Never>?
    /// Decided by the last pages, and perhaps not yet committed.
    private var justDecided: Set<MessageKey> = []
    private var error: LedgerError?

    /// - Parameter startedAt: when the pass began, by which is judged what is due, and what is young.
    init(
        _ progress: ScanProgress, _ inquiries: InquiryRunner, _ inquiry: MessageInquiry, ledger: any Ledger,
        client: ProviderClient, committer: Committer, report: CycleReport, startedAt: Timestamp, log: any Log
    ) {
        self.progress = progress
        self.inquiries = inquiries
        self.inquiry = inquiry
        self.ledger = ledger
        self.client = client
        self.committer = committer
        self.report = report
        self.startedAt = startedAt
        self.log = log
    }

    /// Scans as often as that is worth it. A scan that is interrupted goes on in the next pass.
    /// - Parameter probes: messages that went ahead.
    func run(confirming confirmations: Confirmations, after probes: [DueMessage]) async throws(LedgerError) {
        self.confirmations = confirmations
        askedBefore = Set(probes.map(\.key))
        while inquiries.mayGoOn(), client.offersHistory {
            guard try await begin(), let ending = try await follow() else { break }
            try await conclude(ending)
        }
        await committer.flush()
    }

    /// All that is due has been asked about: what comes may be scanned from any time on.
    func startOver() { progress.scannedUntil = nil }

    /// - Returns: whether there is a scan to follow.
    private func begin() async throws(LedgerError) -> Bool {
        guard progress.scan == nil else { return true }
        guard let survey = try await ledger.survey(at: startedAt, with: confirmations.others),
            let plan = ScanPlan.best(for: survey, after: progress.scannedUntil, client.yield)
        else { return false }
        try await ledger.forgetNotes()
        progress.begin(plan)
        log.write(.planned(plan))
        return true
    }

    /// - Returns: nil when it was interrupted.
    private func follow() async throws(LedgerError) -> HistoryScan.Ending? {
        var ending: HistoryScan.Ending?
        while ending == nil, inquiries.mayGoOn(), error == nil, let scan = progress.scan {
            switch scan.next {
            case .over(let reached): ending = reached
            case .ask(let question): if await !ask(question) { ending = .broken }
            }
        }
        while let digestion { await digestion.value }
        await committer.flush()
        if let error { throw error }
        return ending
    }

    /// - Returns: false when there is no way on.
    private func ask(_ question: HistoryQuestion) async -> Bool {
        switch await client.history(question) {
        case .answered(let page, let askedAt):
            progress.scan?.arrived(page)
            waiting.append((page, askedAt))
            digestNext()
            if waiting.count >= Self.pagesAhead { await digestion?.value }
            return true
        case .failed(let failure):
            log.write(.historyFailed(failure))
            client.historyFailed()
            return false
        case .notAsked:
            return Task.isCancelled
        }
    }

    // MARK: Working pages through, while the next is on its way

    private func digestNext() {
        guard digestion == nil, error == nil, !waiting.isEmpty else { return }
        let batch = waiting
        waiting = []
        digestion = EventLoop.task { [self] in
            do throws(LedgerError) {
                try await digest(batch)
            } catch {
                self.error = error
            }
            digestion = nil
            digestNext()
        }
    }

    private func digest(_ pages: [Received]) async throws(LedgerError) {
        if committer.isFull { await committer.flush() }
        let (all, messages) = grouped(pages)
        var mentioned = 0
        var notes: [ScannedReport] = []
        var decided: Set<MessageKey> = []
        var hasTold = false
        // What was decided a moment ago may not be committed yet, but then it is known here.
        let keys = all.filter { !justDecided.contains($0) }
        for known in try await ledger.known(keys, at: startedAt).map(confirmations.joined) {
            let about = messages[known.message.key] ?? []
            // Whatever is said of it, it is its webhook's.
            guard !known.isYoung else { continue }
            if case .delivered = Verdict(entries: about.map(\.entry)) {
                settle(known.message, about)
                decided.insert(known.message.key)
                if known.isDue { mentioned += 1 }
            } else if known.isDue {
                notes += about
                if tell(known.message, about) { hasTold = true }
            }
        }
        justDecided = decided
        // The next pages may speak of the same messages.
        if hasTold { await committer.flush() }
        let new = notes.isEmpty ? 0 : try await ledger.note(notes)
        progress.workedThrough(pages: pages.count, settled: mentioned, noted: new)
    }

    /// - Returns: also the messages in the order of the pages: neighbours in the table are looked up, and changed, one after
    ///   the other.
    private func grouped(_ pages: [Received]) -> (keys: [MessageKey], messages: [MessageKey: [ScannedReport]]) {
        var keys: [MessageKey] = []
        var messages: [MessageKey: [ScannedReport]] = [:]
        messages.reserveCapacity(pages.reduce(0) { $0 + $1.page.entries.count })
        for page in pages {
            for entry in page.page.entries {
                messages[entry.key, default: []].append(ScannedReport(entry, askedAt: page.askedAt))
                if messages.count > keys.count { keys.append(entry.key) }
            }
        }
        return (keys, messages)
    }

    private func settle(_ message: DueMessage, _ heard: [ScannedReport]) {
        var message = message
        if askedBefore.contains(message.key) { message.isTurn = true } else { report.begun(message) }
        committer.add(Decision(message, inquiry.judge(message, heard: heard)))
    }

    /// Of the message nothing is decided yet; of the account all is known.
    /// - Returns: whether there was something to tell.
    private func tell(_ message: DueMessage, _ heard: [ScannedReport]) -> Bool {
        guard let judgement = inquiry.telling(message, heard: heard) else { return false }
        var message = message
        // It is counted when it is judged, unless that comes to nothing.
        message.isTurn = false
        committer.add(Decision(message, judgement))
        return true
    }

    // MARK: The end

    private func conclude(_ ending: HistoryScan.Ending) async throws(LedgerError) {
        guard let scan = progress.end() else { return }
        client.scanned(scan, ending)
        // Another scan would find no more: what is still due is asked about by itself.
        if try await !judgeNotes(after: ending) { client.historyFailed() }
        log.write(.scanned(scan, ending))
    }

    /// Settles what may be settled of what was noted, and forgets it.
    /// - Returns: whether what was listed can be believed.
    private func judgeNotes(after ending: HistoryScan.Ending) async throws(LedgerError) -> Bool {
        var check = SpotCheck()
        if ending == .complete { check = try await spotCheck() }
        let end = ScanEnd(ending, isAsListed: check.result == .agree)
        // What they are was found by asking about them.
        let found = check.keys
        var past: MessageKey?
        while committer.error == nil {
            let notes = try await ledger.noted(past: past, limit: Self.notesAtOnce)
            guard let last = notes.last else { break }
            past = last.entry.key
            for decision in try await judged(notes)
            where end.allows(decision.judgement, of: decision.message) && !found.contains(decision.message.key) {
                carryOut(decision)
            }
            await committer.flush()
        }
        try await ledger.forgetNotes()
        return check.result == .agree
    }

    /// Whether some of those that the notes would settle are found to be so when they are asked about by themselves.
    private func spotCheck() async throws(LedgerError) -> SpotCheck {
        let notes = try await ledger.noted(past: nil, limit: Self.notesAtOnce)
        let candidates = try await judged(notes).filter { ScanEnd.hasOneDay($0.message) }
            .compactMap { SpotCheckSample($0.message, $0.judgement) }
        let check = await inquiry.check(SpotCheckSample.some(of: candidates))
        for decision in check.found { carryOut(decision) }
        await committer.flush()
        if case .differ(let key) = check.result { log.write(.incompleteHistory(key)) }
        return check
    }

    private func carryOut(_ decision: Decision) {
        report.begun(decision.message)
        committer.add(decision)
    }

    /// What all that was noted makes of the messages that are still due.
    private func judged(_ notes: [ScannedReport]) async throws(LedgerError) -> [Decision] {
        let messages = Dictionary(grouping: notes, by: \.entry.key)
        let known = try await ledger.known(Array(messages.keys), at: startedAt).map(confirmations.joined)
        return known.filter(\.isDue).map { known in
            Decision(known.message, inquiry.judge(known.message, heard: messages[known.message.key] ?? []))
        }
    }
}

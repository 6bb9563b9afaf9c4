package import Engine
package import Reconciliation

/// A ledger without a file, for tests of what drives it. It works on the loop, so that `VirtualTime` knows when it waits.
package actor InMemoryLedger: Ledger {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { EventLoop.shared.unownedExecutor }

    package struct Row: Sendable, Equatable {
        fileprivate let place: RowLocator
        package var status: RowStatus
        package var acceptedAt: Timestamp
        package var code: ReportCode?
        package var message: String?
        package var tracking: Tracking?
        package var nextAskAt: Timestamp?
        /// When that was noted.
        package var notedAt: Timestamp?
    }

    package private(set) var rows: [MessageKey: Row] = [:]
    /// Of the rows, in order; nil where it has to be made anew.
    private var orderedKeys: [MessageKey]?
    private var added = 0
    package private(set) var book = AlertStates()
    package private(set) var cycles: [CycleRecord] = []
    package private(set) var batches: [Int] = []
    /// How many reports were taken at a time.
    package internal(set) var takes: [Int] = []
    package internal(set) var kept: [MessageKey: ParkedReports] = [:]
    /// When each of them was.
    var keptAt: [MessageKey: Timestamp] = [:]
    /// What sinks have been told.
    package internal(set) var tellings: [NotificationRecord] = []
    /// When a question settled a pending message, and when the application did (`settle`).
    private(set) var askedAt: [Timestamp] = []
    private(set) var settledAt: [Timestamp] = []
    /// What became of messages, and when that was; and how long their reports took.
    private(set) var outcomes: [(at: Timestamp, outcome: MessageOutcome)] = []
    private(set) var delays: [ReportDelay] = []
    /// What taking reports waits for.
    var held: (@Sendable () async -> Void)?
    /// Reports about it cannot be taken.
    var poisoned: MessageKey?
    /// What webhooks settled.
    private(set) var webhooks: [(key: MessageKey, status: RowStatus, at: Timestamp)] = []
    package internal(set) var peers: [WebhookPeer] = []
    package private(set) var allowance: ClockAllowance?
    var verification = VerificationMemory()
    /// Thrown by the next calls that write, while set.
    package var failure: LedgerError?
    /// Rows that may not be settled.
    private var refused: Set<MessageKey> = []
    private var isRedefined = true
    private var commitFailure: LedgerError?
    private var observationFailure: LedgerError?
    /// Called inside a commit before rows are looked at: the place for a race.
    private var race: (@Sendable (inout [MessageKey: Row]) -> Void)?

    private let policy: Policy
    private let rules: AlertRules

    package init(
        after: Duration = .seconds(600),
        rules: AlertRules = AlertRules(
            groupWait: .seconds(30), repeatEvery: .seconds(14_400), keepFiringFor: .seconds(600))
    ) {
        policy = Policy(after: after, retry: RetrySchedule(first: after, jitter: 0))
        self.rules = rules
    }

    package func add(_ key: MessageKey, acceptedAt: Timestamp, status: RowStatus = .pending) {
        rows[key] = Row(place: RowLocator(Int64(added)), status: status, acceptedAt: acceptedAt)
        orderedKeys = nil
        added += 1
    }

    package func fail(with error: LedgerError?) {
        failure = error
    }

    /// As the application does when a webhook comes.
    package func settle(_ key: MessageKey, _ status: RowStatus, at now: Timestamp) {
        rows[key]?.status = status
        settledAt.append(now)
        if let outcome = MessageOutcome(status, nil) { outcomes.append((now, outcome)) }
    }

    package func set(_ key: MessageKey, _ status: RowStatus) {
        rows[key]?.status = status
    }

    package func remove(_ key: MessageKey) {
        rows[key] = nil
        orderedKeys = nil
    }

    private func keysInOrder() -> [MessageKey] {
        let keys = orderedKeys ?? rows.keys.sorted()
        orderedKeys = keys
        return keys
    }

    package func failNextObservation(with error: LedgerError) {
        observationFailure = error
    }

    /// While set: the table is not as it was, but what is due can be read.
    package func failCommits(with error: LedgerError?) {
        commitFailure = error
    }

    package func beforeCommit(_ race: (@Sendable (inout [MessageKey: Row]) -> Void)?) {
        self.race = race
    }

    package func refuse(_ keys: Set<MessageKey>) {
        refused = keys
    }

    package func count(_ status: RowStatus) -> Int {
        rows.values.count { $0.status == status }
    }

    package func due(from cursor: DueCursor, at now: Timestamp, limit: Int) async throws(LedgerError) -> DuePage {
        let start = Int(cursor.fromOldest?.number ?? 0)
        let keys = keysInOrder()
        var messages: [DueMessage] = []
        var farAhead = KeySample()
        for (index, key) in keys.enumerated().dropFirst(start) {
            guard messages.count < limit else {
                var next = DueCursor()
                next.fromOldest = RowLocator(Int64(index))
                return DuePage(messages: messages, next: next, farAhead: farAhead)
            }
            guard let state = state(key) else { continue }
            if state.turn(policy).isDue(at: now) {
                messages.append(state.message)
            } else if state.tracking == nil, state.isFarAhead(of: now, acceptedAt: state.start) {
                farAhead.add(key)
            }
        }
        return DuePage(messages: messages, next: nil, farAhead: farAhead)
    }

    /// Whether `survey` can be made: keys can be found.
    package var findsKeys = true
    private var notes: [MessageKey: [ScannedReport]] = [:]

    package func survey(at now: Timestamp, with others: [DueMessage]) async throws(LedgerError) -> BacklogEstimate? {
        guard findsKeys else { return nil }
        var surveyor = BacklogEstimator()
        for key in keysInOrder() {
            guard let state = state(key), state.turn(policy).isDue(at: now) else { continue }
            surveyor.add(
                key, place: state.row.number, acceptedAt: state.acceptedAt,
                at: state.status == .pending ? .oldest : .aside)
        }
        for other in others {
            surveyor.add(other.key, place: other.row.number, acceptedAt: other.acceptedAt, at: .aside)
        }
        return surveyor.survey(lastPlace: Int64(added - 1))
    }

    package func known(_ keys: [MessageKey], at now: Timestamp) async throws(LedgerError) -> [KnownMessage] {
        keys.compactMap { state($0)?.known(at: now, policy) }
    }

    package func note(_ heard: [ScannedReport]) async throws(LedgerError) -> Int {
        let before = notes.count
        for one in heard {
            notes[one.entry.key, default: []].removeAll {
                $0.entry.serviceType == one.entry.serviceType && $0.entry.code == one.entry.code
            }
            notes[one.entry.key, default: []].append(one)
        }
        return notes.count - before
    }

    package func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [ScannedReport] {
        notes.keys.sorted().filter { key == nil || $0 > key! }.prefix(limit).flatMap { notes[$0] ?? [] }
    }

    package func forgetNotes() async throws(LedgerError) { notes = [:] }

    func state(_ key: MessageKey) -> MessageState? {
        rows[key].map { row in
            MessageState(
                key: key, row: row.place, status: row.status, start: row.acceptedAt, tracking: row.tracking,
                nextAskAt: row.nextAskAt)
        }
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        if let failure { throw failure }
        if let commitFailure { throw commitFailure }
        if decisions.contains(where: isRefused) { throw LedgerError(.rowRejected, "CHECK constraint failed") }
        if let race {
            race(&rows)
            orderedKeys = nil
        }
        batches.append(decisions.count)
        var result = CommitResult()
        for decision in decisions {
            let key = decision.message.key
            let resolution = Resolution(decision, state(key), kept: kept[key], at: now)
            apply(resolution, to: key, at: now)
            result.add(resolution, of: key)
        }
        for settlement in result.applied where settlement.isFoundByAsking { askedAt.append(now) }
        for settlement in result.applied where settlement.isListed && settlement.to == .deadLetter {
            verification.listed.append(settlement.key)
        }
        outcomes += result.applied.compactMap(MessageOutcome.init).map { (now, $0) }
        delays += result.applied.compactMap { $0.delay(learntAt: now) }
        for settlement in result.applied where settlement.source == .webhook {
            settledAt.append(now)
            webhooks.append((settlement.key, settlement.to, now))
        }
        for observation in AlertObservation.of(result.applied, refusals: result.refusals, at: now) {
            book.apply(observation, at: now, rules: rules)
        }
        return result
    }

    private func apply(_ resolution: Resolution, to key: MessageKey, at now: Timestamp) {
        if let change = resolution.change {
            rows[key]?.status = change.to
            rows[key]?.code = change.code
            rows[key]?.message = change.message
        }
        if let reports = resolution.kept { keep(reports, for: key, at: now) }
        switch resolution.memory {
        case .asItWas: break
        case .note(let note):
            rows[key]?.tracking = note.tracking
            rows[key]?.nextAskAt = note.nextAskAt
            rows[key]?.notedAt = now
        case .endWatch: rows[key]?.nextAskAt = nil
        case .forget:
            rows[key]?.tracking = nil
            rows[key]?.nextAskAt = nil
        }
    }

    /// In place of all that was kept before.
    func keep(_ reports: ParkedReports?, for key: MessageKey, at now: Timestamp) {
        kept[key] = reports
        keptAt[key] = now
    }

    private func isRefused(_ decision: Decision) -> Bool {
        if case .settle(let settlement) = decision.judgement { refused.contains(settlement.key) } else { false }
    }

    package func refusals() async throws(LedgerError) -> RejectedRows? {
        let refused = rows.filter { $0.value.tracking?.refusal != nil }.keys.sorted()
        guard let reason = refused.first.flatMap({ rows[$0]?.tracking?.refusal }) else { return nil }
        return RejectedRows(
            count: refused.count, examples: Array(refused.prefix(RejectedRows.mostExamples)), reason: reason)
    }

    package func retryRefused(all: Bool, at now: Timestamp) async throws(LedgerError) {
        if let failure { throw failure }
        guard all || isRedefined else { return }
        isRedefined = false
        for (key, row) in rows where row.tracking?.refusal != nil {
            rows[key]?.nextAskAt = row.nextAskAt.map { min($0, now) }
            kept[key] = kept[key]?.soon(at: now)
        }
    }

    /// The table is another one from now on, though it may refuse the same.
    package func redefine() { isRedefined = true }

    package func hold(_ held: (@Sendable () async -> Void)?) { self.held = held }

    package func poison(_ key: MessageKey?) { poisoned = key }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        if let failure { throw failure }
        if let error = observationFailure {
            observationFailure = nil
            throw error
        }
        for observation in observations { book.apply(observation, at: now, rules: rules) }
    }

    package func finish(_ cycle: CycleRecord, at now: Timestamp) async throws(LedgerError) {
        if let failure { throw failure }
        advanceAlerts(to: now)
        bringBack(to: now)
        for key in rows.filter({ $0.value.tracking != nil }).keys {
            guard let state = state(key) else { continue }
            let limit = now - policy.window
            apply(.tidying(state, lastSeen: state.row, kept: kept[key], watchedSince: limit), to: key, at: now)
        }
        cycles.append(cycle)
    }

    private func bringBack(to now: Timestamp) {
        let limit = ClockJumpDetector.latestNote(at: now)
        for (key, row) in rows where row.notedAt.map({ $0 > limit }) == true {
            rows[key]?.nextAskAt = row.nextAskAt.map { min($0, now) }
            rows[key]?.notedAt = now
        }
        for (key, time) in keptAt where time > limit { keep(kept[key]?.soon(at: now), for: key, at: now) }
    }

    func observe(_ observations: [AlertObservation], _ now: Timestamp) {
        for observation in observations { book.apply(observation, at: now, rules: rules) }
    }

    func advanceAlerts(to now: Timestamp) {
        book.advance(to: now, rules: rules)
    }

    package func clockAllowance() -> ClockAllowance? { allowance }

    package func keep(_ allowance: ClockAllowance?) throws(LedgerError) {
        if let failure { throw failure }
        self.allowance = allowance
    }

    package func providerHealth() async throws(LedgerError) -> ProviderHealth? { cycles.last?.health }

    /// How often it was to prove that it can be read.
    package private(set) var probes = 0

    package func probe() async throws(LedgerError) {
        probes += 1
        if let failure { throw failure }
    }
}

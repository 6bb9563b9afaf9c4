package import Engine
package import Reconciliation

/// A ledger without a file, for tests of what drives it.
package actor InMemoryLedger: Ledger {
    package struct Row: Sendable, Equatable {
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
    package private(set) var book = AlertBook()
    package private(set) var cycles: [CycleRecord] = []
    package private(set) var batches: [Int] = []
    package internal(set) var kept: [MessageKey: KeptReports] = [:]
    /// When each of them was.
    var keptAt: [MessageKey: Timestamp] = [:]
    /// What sinks have been told.
    package internal(set) var tellings: [Telling] = []
    /// When a question settled a pending message, and when the application did (`settle`).
    private(set) var askedAt: [Timestamp] = []
    private(set) var settledAt: [Timestamp] = []
    package private(set) var allowance: ClockAllowance?
    /// Thrown by the next calls that write, while set.
    package var failure: LedgerError?
    /// Rows that may not be settled.
    private var refused: Set<MessageKey> = []
    private var isRedefined = true
    private var commitFailure: LedgerError?
    private var observationFailure: LedgerError?
    /// Called inside a commit before rows are looked at: the place for a race.
    private var race: (@Sendable (inout [MessageKey: Row]) -> Void)?

    private let after: Duration
    private let window = Duration.seconds(30 * 86_400)
    private let rules: AlertRules

    package init(
        after: Duration = .seconds(600),
        rules: AlertRules = AlertRules(
            groupWait: .seconds(30), repeatEvery: .seconds(14_400), keepFiringFor: .seconds(600))
    ) {
        self.after = after
        self.rules = rules
    }

    package func add(_ key: MessageKey, acceptedAt: Timestamp, status: RowStatus = .pending) {
        rows[key] = Row(status: status, acceptedAt: acceptedAt)
    }

    package func fail(with error: LedgerError?) {
        failure = error
    }

    /// As the application does when a webhook comes.
    package func settle(_ key: MessageKey, _ status: RowStatus, at now: Timestamp) {
        rows[key]?.status = status
        settledAt.append(now)
    }

    package func set(_ key: MessageKey, _ status: RowStatus) {
        rows[key]?.status = status
    }

    package func remove(_ key: MessageKey) {
        rows[key] = nil
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
        let start = Int(cursor.fromOldest?.rowid ?? 0)
        let keys = rows.keys.sorted()
        var messages: [DueMessage] = []
        var farAhead = KeyTally()
        for (index, key) in keys.enumerated().dropFirst(start) {
            guard messages.count < limit else {
                var next = DueCursor()
                next.fromOldest = RowLocator(rowid: Int64(index))
                return DuePage(messages: messages, next: next, farAhead: farAhead)
            }
            guard let row = rows[key] else { continue }
            guard isDue(row, at: now) else {
                let isWaiting = row.status == .pending && row.tracking == nil
                if isWaiting, row.acceptedAt.isFarAhead(of: now) { farAhead.add(key) }
                continue
            }
            messages.append(message(key, row, at: index))
        }
        return DuePage(messages: messages, next: nil, farAhead: farAhead)
    }

    /// Whether `survey` can be made: keys can be found.
    package var findsKeys = true
    private var notes: [MessageKey: [Heard]] = [:]

    package func survey(at now: Timestamp, with others: [DueMessage]) async throws(LedgerError) -> DueSurvey? {
        guard findsKeys else { return nil }
        var surveyor = Surveyor()
        for (index, key) in rows.keys.sorted().enumerated() {
            guard let row = rows[key], isDue(row, at: now) else { continue }
            surveyor.add(
                key, row: RowLocator(rowid: Int64(index)), acceptedAt: row.acceptedAt,
                at: row.status == .pending ? .oldest : .aside)
        }
        surveyor.add(others)
        return surveyor.survey(lastRow: RowLocator(rowid: Int64(rows.count - 1)))
    }

    package func known(_ keys: [MessageKey], at now: Timestamp) async throws(LedgerError) -> [KnownMessage] {
        let order = rows.keys.sorted()
        return keys.compactMap { key in
            guard let row = rows[key], row.status == .pending || row.status == .deadLetter,
                let index = order.firstIndex(of: key)
            else { return nil }
            return KnownMessage(message(key, row, at: index), turn(row), at: now, after: after)
        }
    }

    package func note(_ heard: [Heard]) async throws(LedgerError) -> Int {
        let before = notes.count
        for one in heard {
            notes[one.entry.key, default: []].removeAll {
                $0.entry.serviceType == one.entry.serviceType && $0.entry.code == one.entry.code
            }
            notes[one.entry.key, default: []].append(one)
        }
        return notes.count - before
    }

    package func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [Heard] {
        notes.keys.sorted().filter { key == nil || $0 > key! }.prefix(limit).flatMap { notes[$0] ?? [] }
    }

    package func forgetNotes() async throws(LedgerError) { notes = [:] }

    private func turn(_ row: Row) -> Turn {
        Turn(
            row.status, acceptedAt: row.acceptedAt, tracking: row.tracking, nextAskAt: row.nextAskAt, after: after,
            window: window)
    }

    private func isDue(_ row: Row, at now: Timestamp) -> Bool { turn(row).isDue(at: now) }

    func message(_ key: MessageKey, _ row: Row, at index: Int) -> DueMessage {
        DueMessage(
            key: key, row: RowLocator(rowid: Int64(index)), status: row.status, acceptedAt: row.acceptedAt,
            tracking: row.tracking?.holding(for: row.status) ?? Tracking())
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult {
        if let failure { throw failure }
        if let commitFailure { throw commitFailure }
        if decisions.contains(where: isRefused) { throw LedgerError(.rowRejected, "CHECK constraint failed") }
        race?(&rows)
        batches.append(decisions.count)
        var result = CommitResult()
        for decision in decisions {
            switch decision.judgement {
            case .wait(let until, let tracking):
                guard let row = rows[decision.message.key], row.status == decision.message.status else {
                    lose(decision.message.key, &result)
                    continue
                }
                result.refusals += tracking.newRefusals
                rows[decision.message.key]?.tracking = tracking.withoutNews
                rows[decision.message.key]?.nextAskAt = until
                rows[decision.message.key]?.notedAt = now
            case .settle(let settlement) where settlement.isGivenUp && kept[settlement.key]?.isFinal == true:
                kept[settlement.key] = kept[settlement.key]?.soon(at: now)
                keptAt[settlement.key] = now
                result.refusals += settlement.refusals
                rows[settlement.key]?.tracking = settlement.tracking.withoutNews
                rows[settlement.key]?.notedAt = now
                rows[settlement.key]?.nextAskAt = now + KeptReports.pauseBeforeGivingUp
            case .settle(let settlement):
                guard let applied = apply(settlement, at: now) else {
                    lose(settlement.key, &result)
                    continue
                }
                result.applied.append(applied)
                if applied.from == .pending, applied.to == .sent || applied.reason == .reported {
                    askedAt.append(now)
                }
            }
        }
        for observation in AlertObservation.of(result.applied, refusals: result.refusals, at: now) {
            book.apply(observation, at: now, rules: rules)
        }
        return result
    }

    private func isRefused(_ decision: Decision) -> Bool {
        if case .settle(let settlement) = decision.judgement { refused.contains(settlement.key) } else { false }
    }

    package func refusals() async throws(LedgerError) -> Refusals? {
        let refused = rows.filter { $0.value.tracking?.refusal != nil }.keys.sorted()
        guard let reason = refused.first.flatMap({ rows[$0]?.tracking?.refusal }) else { return nil }
        return Refusals(count: refused.count, examples: Array(refused.prefix(Refusals.mostExamples)), reason: reason)
    }

    package func retryRefused(all: Bool, at now: Timestamp) async throws(LedgerError) {
        if let failure { throw failure }
        guard all || isRedefined else { return }
        isRedefined = false
        for (key, row) in rows where row.tracking?.refusal != nil {
            rows[key]?.nextAskAt = row.nextAskAt.map { min($0, now) }
            kept[key]?.tryAt = min(kept[key]?.tryAt ?? now, now)
        }
    }

    /// The table is another one from now on, though it may refuse the same.
    package func redefine() { isRedefined = true }

    /// Somebody else settled it: of what was known, only why we had made it a dead letter is kept while it is one.
    private func lose(_ key: MessageKey, _ result: inout CommitResult) {
        result.settledElsewhere.append(key)
        guard let row = rows[key], row.status != .pending else { return }
        guard row.status != .deadLetter || row.tracking?.reason == nil else { return }
        rows[key]?.tracking = nil
        rows[key]?.nextAskAt = nil
    }

    private func apply(_ settlement: Settlement, at now: Timestamp) -> Settlement? {
        guard let row = rows[settlement.key] else { return nil }
        let effective = row.status == settlement.from ? settlement : settlement.afterLosing(to: row.status)
        guard let effective else { return nil }
        // Only a dead letter that we gave up may be told more precisely.
        let isToldMore = effective.from == .deadLetter && effective.to == .deadLetter
        let isGivenUp = row.tracking?.reason.map { $0 != .reported } ?? false
        guard !isToldMore || isGivenUp else { return nil }
        var tracking = effective.tracking
        tracking.reason = effective.reason
        tracking.refusal = nil
        rows[settlement.key] = Row(
            status: effective.to, acceptedAt: row.acceptedAt, code: effective.code, message: effective.message,
            tracking: effective.to == .deadLetter ? tracking : nil, nextAskAt: effective.nextAskAt, notedAt: now)
        return effective
    }

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
        for (key, row) in rows where row.status != .pending { rows[key]?.tracking?.refusal = nil }
        cycles.append(cycle)
    }

    private func bringBack(to now: Timestamp) {
        let limit = now + ClockWatch.smallestJump
        for (key, row) in rows where row.notedAt.map({ $0 > limit }) == true {
            rows[key]?.nextAskAt = row.nextAskAt.map { min($0, now) }
            rows[key]?.notedAt = now
        }
        for (key, time) in keptAt where time > limit {
            kept[key] = kept[key]?.soon(at: now)
            keptAt[key] = now
        }
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

extension Tracking {
    /// As a file would keep it.
    fileprivate var withoutNews: Tracking {
        var kept = self
        kept.newRefusals = []
        return kept
    }
}

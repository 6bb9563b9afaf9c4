internal import Dispatch
package import Engine
package import Reconciliation

/// The ledger in the application's database.
///
/// It works on a serial queue of its own, so that a database that is locked or slow never keeps the loop waiting.
/// When a file is replaced while it is open (a backup put back), or a connection is lost, the next call opens a new one.
package actor SQLLedger {
    package enum Mode: Hashable, Sendable {
        /// Writes nothing at all; works also where the reconciler has never been.
        case readOnly
        case readWrite
    }

    private nonisolated let executor = QueueExecutor(queue: DispatchQueue(label: "bizgo-reconciler.ledger"))
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The schema versions reached by opening the database; empty when it was up to date.
    package nonisolated let migrations: [Int]
    /// How pending rows are found, so that `check` can warn.
    package nonisolated let duePlan: DuePlan

    private let mode: Mode
    let configuration: LedgerConfiguration
    private let patience: Patience?
    /// Whether the outbox has been made to fit the configured sinks.
    private var sinksAreAdopted = false
    private var store: OpenDatabase?
    private var isClosed = false
    /// Makes the index that `createIndex` allows, beside everything else.
    private var indexing: Task<Void, Never>?
    /// After an attempt: a large table is not read again and again.
    private var nextIndexing: Timestamp?
    private var tellOfIndex: @Sendable (Indexing) -> Void = { _ in }

    /// Opens the database and, for writing, brings the reconciler's tables up to date. Blocks while it is locked, for
    /// `busyTimeout` at most.
    /// - Parameter patience: ends this and all later waiting; nil where nothing does.
    package static func open(
        _ configuration: LedgerConfiguration, mode: Mode, patience: Patience? = nil
    ) throws(LedgerError) -> SQLLedger {
        do {
            return SQLLedger(configuration, mode, patience, try OpenDatabase(configuration, mode, patience))
        } catch {
            throw LedgerError(error, configuration).unless(patience, configuration)
        }
    }

    /// The same on a thread of its own, for those who have more to do than to wait for a lock.
    package static func openAside(
        _ configuration: LedgerConfiguration, mode: Mode, patience: Patience? = nil
    ) async throws(LedgerError) -> SQLLedger {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(LedgerError) in
                        try open(configuration, mode: mode, patience: patience)
                    })
            }
        }
        return try result.get()
    }

    private init(
        _ configuration: LedgerConfiguration, _ mode: Mode, _ patience: Patience?, _ store: sending OpenDatabase
    ) {
        self.configuration = configuration
        self.mode = mode
        self.patience = patience
        migrations = store.migrations
        duePlan = store.plan
        self.store = store
    }

    /// Closes the connection. Every later call fails.
    package func close() {
        isClosed = true
        store = nil
    }

    /// Everything that touches the database goes through here.
    func perform<Value>(_ body: (OpenDatabase) throws -> Value) throws(LedgerError) -> Value {
        do {
            return try body(try openStore())
        } catch {
            let meaning = meaning(of: error)
            if store?.database.wantsReopening(after: error) == true { store = nil }
            throw meaning
        }
    }

    /// Outside a transaction.
    func meaning(of error: any Error) -> LedgerError {
        let meaning = store?.database.meaning(of: error, store?.mapping) ?? LedgerError(error, configuration)
        return meaning.unless(patience, configuration)
    }

    private func openStore() throws -> OpenDatabase {
        guard !isClosed else { throw LedgerError(.unexpected, "\(configuration.place.text) has been closed") }
        if let store, !store.database.isStale { return store }
        store = nil
        let new = try OpenDatabase(configuration, mode, patience)
        store = new
        return new
    }
}

extension LedgerError {
    /// What an error means for whoever runs the reconciler.
    init(_ error: any Error, _ configuration: LedgerConfiguration) {
        switch (error, configuration.place) {
        case (let error as LedgerError, _): self = error
        case (let error as SQLiteError, .file(let path)):
            self.init(error, path: path, busyTimeout: configuration.busyTimeout)
        case (let error as ServerError, .server(let address)):
            self.init(error, address, ServerLimits(configuration))
        default: self.init(.unexpected, "\(configuration.place.text): \(error)")
        }
    }

    /// That nobody waits any more, where that is why.
    func unless(_ patience: Patience?, _ configuration: LedgerConfiguration) -> LedgerError {
        guard let patience, patience.isOver, [.busy, .interrupted].contains(kind) else { return self }
        patience.noteCutOff()
        return LedgerError(
            .interrupted, "\(configuration.place.text) is not waited for any longer: the process is to end")
    }
}

extension SQLLedger: Ledger {
    package func due(from cursor: DueCursor, at now: Timestamp, limit: Int) throws(LedgerError) -> DuePage {
        try perform { store in
            try store.due.page(from: cursor, at: now, configuration.policy, limit: limit)
        }
    }

    package func survey(at now: Timestamp, with others: [DueMessage]) throws(LedgerError) -> BacklogEstimate? {
        try perform { store in
            guard store.states.keyIsIndexed else { return nil }
            return try store.outline.survey(at: now, configuration.policy, with: others)
        }
    }

    package func known(_ keys: [MessageKey], at now: Timestamp) throws(LedgerError) -> [KnownMessage] {
        try perform { store in
            guard store.states.keyIsIndexed else { return [] }
            return try store.known.messages(keys, at: now, configuration.policy)
        }
    }

    package func note(_ heard: [ScannedReport]) throws(LedgerError) -> Int {
        try perform { try $0.notebook().add(heard) }
    }

    package func noted(past key: MessageKey?, limit: Int) throws(LedgerError) -> [ScannedReport] {
        try perform { try $0.notebook().read(past: key, limit: limit) }
    }

    package func forgetNotes() throws(LedgerError) {
        try perform { try $0.notebook().clear() }
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) throws(LedgerError) -> CommitResult {
        guard !decisions.isEmpty else { return CommitResult() }
        return try perform { store in
            var result = try store.database.write(messages: decisions.count) {
                try carryOut(decisions, store, at: now)
            }
            result.room = store.database.room
            return result
        }
    }

    /// Decisions and the alerts they cause, inside a transaction of its caller's.
    /// - Parameter refusals: to be told beside those that the decisions tell of.
    private func carryOut(
        _ decisions: [Decision], refusals: [ReportEntry] = [], _ store: OpenDatabase, at now: Timestamp
    ) throws -> CommitResult {
        var result = try store.writer.carryOut(decisions, at: now)
        result.refusals += refusals
        let observations = AlertObservation.of(result.applied, refusals: result.refusals, at: now)
        if !observations.isEmpty {
            let keeper = AlertStore(store.database, configuration)
            try keeper.save(try keeper.book(after: observations, at: now))
        }
        return result
    }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) throws(LedgerError) {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            // Most observations say that all is as it was: then nothing is written.
            guard try keeper.book(after: observations, at: now).isChanged else { return }
            try store.database.write { try keeper.save(try keeper.book(after: observations, at: now)) }
        }
    }

    package func finish(_ cycle: CycleRecord, at now: Timestamp) throws(LedgerError) {
        try perform { store in
            let suspects = store.due.takeThoseThatLeadNowhere()
            let limit = now - configuration.auditRetention
            let passed =
                store.mapping.description.address.grows
                ? try store.elsewhere.pass(try store.meta.countedTo(), at: now) : nil
            try store.database.write {
                if let passed {
                    try store.rates.add(passed.counts)
                    try store.meta.save(countedTo: passed.place)
                }
                try store.rates.prune(at: now)
                try store.meta.save(cycle, at: now)
                try store.cycles.add(cycle)
                try store.hours.prune(before: now - .seconds((StatusFigures.days + 1) * 86_400))
                try store.sends.prune(createdBefore: limit)
                try store.differences.prune(foundBefore: limit)
                try store.errands.prune(createdBefore: now - .seconds(86_400))
            }
            try store.housekeeping.tidy(
                auditBefore: limit, suspects: suspects, window: configuration.policy.window, at: now)
            try store.housekeeping.bringBack(notAskedBefore: now + configuration.policy.longestPause, to: now)
            try store.housekeeping.pruneReports(receivedBefore: now - configuration.policy.window)
            let keeper = AlertStore(store.database, configuration)
            let latest = LatestSent(mapping: store.mapping, database: store.database)
            try keeper.endRefusals(by: latest, at: now)
            try keeper.prune(resolvedBefore: limit)
            if try makeIndex(store, at: now) { self.store = nil }
        }
    }

    /// Makes the index that `createIndex` allows, once nothing is due: a backlog is settled first. At a server it is only
    /// begun: nobody waits for its end, but for whom it takes others' time to write.
    /// - Returns: whether it did: then the database is to be opened anew, for the queries to use it.
    private func makeIndex(_ store: OpenDatabase, at now: Timestamp) throws -> Bool {
        guard store.isWithoutIndex, store.mapping.indexObstacle == nil, indexing == nil,
            nextIndexing.map({ now >= $0 }) ?? true
        else { return false }
        var cursor: DueCursor? = DueCursor()
        while let from = cursor {
            let page = try store.due.page(from: from, at: now, configuration.policy, limit: 1)
            guard page.messages.isEmpty else { return false }
            cursor = page.next
        }
        guard let work = store.database.pendingIndexWork(store.mapping) else {
            try store.database.makePendingIndex(store.mapping)
            return true
        }
        tellOfIndex(.begun)
        indexing = Task { await makeIndex(work, at: now) }
        return false
    }

    private func makeIndex(_ work: @escaping @Sendable () throws -> Void, at now: Timestamp) async {
        let begun = Duration.uptime
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result { try work() }) }
        }
        indexing = nil
        nextIndexing = now + (.uptime - begun) + Self.indexingPause
        switch result {
        case .success:
            store = nil
            tellOfIndex(.made)
        case .failure(let error):
            tellOfIndex(.failed(LedgerError(error, configuration)))
        }
    }

    private static let indexingPause = Duration.seconds(3600)

    package func refusals() throws(LedgerError) -> RejectedRows? {
        try perform { store in try store.database.read { try store.refusals.refusals() } }
    }

    package func retryRefused(all: Bool, at now: Timestamp) throws(LedgerError) {
        try perform { try $0.refusedRows.retry(all: all, at: now) }
    }

    package func providerHealth() throws(LedgerError) -> ProviderHealth? {
        try perform { try $0.meta.providerHealth() }
    }

    package func clockAllowance() throws(LedgerError) -> ClockAllowance? {
        try perform { try $0.meta.clockAllowance() }
    }

    package func keep(_ allowance: ClockAllowance?) throws(LedgerError) {
        try perform { store in try store.database.write { try store.meta.save(allowance) } }
    }

    package func probe() throws(LedgerError) {
        try perform { store in
            _ = try store.database.statement("SELECT 1 FROM \(store.mapping.table) LIMIT 1").first { _ in true }
            _ = try store.meta.lastSuccess()
        }
    }
}

extension SQLLedger {
    package func reported(_ keys: [MessageKey]) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            try store.database.read(each: keys) { try reported($0, store) }
        }
    }

    package func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            try store.database.read(each: try store.reports.due(past: position, at: now, limit: limit)) {
                try reported($0, store)
            }
        }
    }

    package func apply(_ decisions: [ReportDecision], at now: Timestamp) throws(LedgerError) -> CommitResult {
        try perform { store in
            var result = try store.database.write(messages: decisions.count) {
                try carryOut(decisions, store, at: now)
            }
            result.room = store.database.room
            return result
        }
    }

    package func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, puttingOffFor rejection: LedgerError?, at now: Timestamp
    ) throws(LedgerError) -> TakeResult {
        guard !entries.isEmpty else { return TakeResult() }
        return try perform { store in
            let messages = entries.byKey
            var result = try store.database.write(messages: messages.count) {
                var sifter = sifter
                var result = TakeResult()
                var decisions: [ReportDecision] = []
                for (key, new) in messages {
                    guard var taken = sifter.take(try reported(key, store), new, at: now) else { continue }
                    if let rejection { taken.decision = taken.decision.refused(rejection, at: now) }
                    result.add(taken)
                    decisions.append(taken.decision)
                }
                result.commit = try carryOut(decisions, store, at: now)
                return result
            }
            result.commit.room = store.database.room
            return result
        }
    }

    package func settledByWebhook(since: Timestamp, draw: Double) throws(LedgerError) -> WebhookSample? {
        try perform { store in
            try WebhookAudit(database: store.database).sample(since: since, draw: draw)
        }
    }

    package func keep(_ peers: [WebhookPeer]) throws(LedgerError) {
        try perform { store in try store.database.write { try store.meta.save(peers) } }
    }

    /// Where webhooks came from that the daemon took or refused, those last that came last.
    package func webhookPeers() throws(LedgerError) -> [WebhookPeer] {
        try perform { try $0.meta.webhookPeers() }
    }

    /// Inside a transaction of its caller's.
    private func carryOut(
        _ decisions: [ReportDecision], _ store: OpenDatabase, at now: Timestamp
    ) throws -> CommitResult {
        let noted = try decisions.compactMap(\.decision).map { decision in
            let message = decision.message
            let isSentAgain =
                try decision.isFirstNote
                && store.sentAgain.isMessage(message.key, in: message.row, from: message.acceptedAt)
            return isSentAgain ? decision.firstSeen(at: now) : decision
        }
        // Before they are carried out: that may keep them, too.
        let left = try decisions.map { $0.left(of: try store.reports.kept($0.key), at: now) }
        let result = try carryOut(noted, refusals: decisions.flatMap(\.refusals), store, at: now)
        for (decision, kept) in zip(decisions, left) { try store.reports.keep(kept, for: decision.key, at: now) }
        return result
    }

    private func reported(_ key: MessageKey, _ store: OpenDatabase) throws -> ReportedMessage {
        ReportedMessage(key: key, message: try store.states.find(key)?.message, kept: try store.reports.kept(key))
    }
}

extension SQLLedger: AlertLedger {
    package func alerts(at now: Timestamp) throws(LedgerError) -> AlertSnapshot {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            let (isCurrent, snapshot) = try store.database.read {
                let book = try keeper.book(after: [], at: now)
                return (!book.isChanged && sinksAreAdopted, try keeper.snapshot(of: book))
            }
            if isCurrent || mode == .readOnly { return snapshot }
            let written = try store.database.write {
                let book = try keeper.book(after: [], at: now)
                try keeper.save(book)
                if !sinksAreAdopted { try keeper.adoptSinks(firing: book.firing) }
                return try keeper.snapshot(of: book)
            }
            sinksAreAdopted = true
            return written
        }
    }

    package func record(_ telling: NotificationRecord) throws(LedgerError) {
        try perform { store in
            try store.database.write { try NotificationRecordTable(database: store.database).save(telling) }
        }
    }

    /// Silences what fires by that name with these labels, until it resolves.
    /// - Returns: what that is, as it was before; empty when nothing such fires.
    package func acknowledge(
        _ name: AlertName, labels: [String: String], at now: Timestamp
    ) throws(LedgerError) -> [Alert] {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            return try store.database.write {
                var book = try keeper.book(after: [], at: now)
                let alerts = book.acknowledge(name, labels: labels)
                try keeper.save(book)
                return alerts
            }
        }
    }
}

extension SQLLedger {
    /// How many rows there are, at most, to be read for the index that `createIndex` allows; nil where none is to be made.
    package func rowsToIndex() throws(LedgerError) -> Int? {
        try perform { store in
            store.isWithoutIndex ? try store.database.rowsToIndex(store.mapping) : nil
        }
    }

    /// Statements that give our account at a server what it lacks, to be run by an administrator; empty when it lacks nothing.
    package func missingGrants(for rows: OwnRows) throws(LedgerError) -> [String] {
        try perform { try $0.database.missingGrants($0.mapping, for: rows) }
    }

    /// Words that the table's foreign keys keep out of every row, a line for each; empty when there are none.
    package func foreignKeyGaps() throws(LedgerError) -> [String] {
        try perform { try $0.database.foreignKeyGaps($0.mapping) }
    }
}

/// What becomes of the index that `createIndex` allows, where it is made beside everything else.
package enum Indexing: Sendable {
    case begun
    case made
    /// It is tried again, after a while.
    case failed(LedgerError)
}

extension SQLLedger {
    /// - Parameter tell: is called on any thread.
    package func onIndexing(_ tell: @escaping @Sendable (Indexing) -> Void) { tellOfIndex = tell }

    /// Returns when no index is being made any more: for who does not stay.
    package func untilIndexed() async { await indexing?.value }

    /// Why that index cannot be made, with what else can be done; nil where it can, is there, or is not wanted.
    package func indexObstacle() throws(LedgerError) -> String? {
        try perform { $0.isWithoutIndex ? $0.mapping.indexObstacle : nil }
    }
}

package import Engine
package import Reconciliation

extension SQLiteLedger: Ledger {
    package func due(from cursor: DueCursor, at now: Timestamp, limit: Int) throws(LedgerError) -> DuePage {
        try perform { store in
            try store.due.page(from: cursor, at: now, configuration.policy, limit: limit)
        }
    }

    package func survey(at now: Timestamp, with others: [DueMessage]) throws(LedgerError) -> DueSurvey? {
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

    package func note(_ heard: [Heard]) throws(LedgerError) -> Int {
        try perform { try $0.notebook().add(heard) }
    }

    package func noted(past key: MessageKey?, limit: Int) throws(LedgerError) -> [Heard] {
        try perform { try $0.notebook().read(past: key, limit: limit) }
    }

    package func forgetNotes() throws(LedgerError) {
        try perform { try $0.notebook().clear() }
    }

    package func commit(_ decisions: [Decision], at now: Timestamp) throws(LedgerError) -> CommitResult {
        guard !decisions.isEmpty else { return CommitResult() }
        return try perform { store in
            var result = try store.connection.write(messages: decisions.count) {
                try carryOut(decisions, store, at: now)
            }
            result.room = store.connection.pace.room
            return result
        }
    }

    /// Decisions and the alerts they cause, inside a transaction of its caller's.
    /// - Parameter refusals: to be told beside those that the decisions tell of.
    func carryOut(
        _ decisions: [Decision], refusals: [ReportEntry] = [], _ store: OpenDatabase, at now: Timestamp
    ) throws -> CommitResult {
        var result = try store.writer.carryOut(decisions, at: now)
        result.refusals += refusals
        let observations = AlertObservation.of(result.applied, refusals: result.refusals, at: now)
        if !observations.isEmpty {
            let keeper = AlertKeeper(store.connection, configuration)
            try keeper.save(try keeper.book(after: observations, at: now))
        }
        return result
    }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) throws(LedgerError) {
        try perform { store in
            let keeper = AlertKeeper(store.connection, configuration)
            // Most observations say that all is as it was: then nothing is written.
            guard try keeper.book(after: observations, at: now).isChanged else { return }
            try store.connection.write { try keeper.save(try keeper.book(after: observations, at: now)) }
        }
    }

    package func finish(_ cycle: CycleRecord, at now: Timestamp) throws(LedgerError) {
        try perform { store in
            let suspects = store.due.takeThoseThatLeadNowhere()
            let limit = now - configuration.auditRetention
            try store.connection.write {
                try store.meta.save(cycle, at: now)
                try store.cycles.add(cycle)
                try store.hours.prune(before: now - .seconds((StatusFigures.days + 1) * 86_400))
            }
            try store.housekeeping.tidy(
                auditBefore: limit, suspects: suspects, window: configuration.policy.window, at: now)
            try store.housekeeping.bringBack(notAskedBefore: now + configuration.policy.longestPause, to: now)
            try store.housekeeping.pruneReports(receivedBefore: now - configuration.policy.window)
            let keeper = AlertKeeper(store.connection, configuration)
            let latest = LatestSent(mapping: store.mapping, connection: store.connection)
            try keeper.endRefusals(by: latest, at: now)
            try keeper.prune(resolvedBefore: limit)
            if try makeIndex(store, at: now) { self.store = nil }
        }
    }

    /// Makes the index that `createIndex` allows, once nothing is due: nobody else can write meanwhile, and a backlog is
    /// settled first.
    /// - Returns: whether it did: then the database is to be opened anew, for the queries to use it.
    private func makeIndex(_ store: OpenDatabase, at now: Timestamp) throws -> Bool {
        guard store.isWithoutIndex else { return false }
        var cursor: DueCursor? = DueCursor()
        while let from = cursor {
            let page = try store.due.page(from: from, at: now, configuration.policy, limit: 1)
            guard page.messages.isEmpty else { return false }
            cursor = page.next
        }
        try PendingIndex(mapping: store.mapping).create(on: store.connection)
        return true
    }

    package func refusals() throws(LedgerError) -> Refusals? {
        try perform { store in try store.connection.read { try store.refusals.refusals() } }
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
        try perform { store in try store.connection.write { try store.meta.save(allowance) } }
    }

    package func probe() throws(LedgerError) {
        try perform { store in
            _ = try store.connection.statement("SELECT 1 FROM \(store.mapping.table) LIMIT 1").first { _ in true }
            _ = try store.meta.lastSuccess()
        }
    }
}

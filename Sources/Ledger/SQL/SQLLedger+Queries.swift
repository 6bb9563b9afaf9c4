package import Engine
package import Reconciliation

extension SQLLedger {
    /// Counts everything. Walks the table, so it is for people, not for cycles; in small steps, between which others may
    /// write.
    package func overview(at now: Timestamp) throws(LedgerError) -> LedgerOverview {
        try perform { store in
            var overview = LedgerOverview()
            try countPending(store, into: &overview)
            try countSettled(store, into: &overview)
            return try store.database.read {
                if overview.pending == 0 {
                    overview.withUnmappedStatus =
                        try UnmappedStatuses.read(store.mapping, store.database, withKey: true)?.rows ?? 0
                }
                overview.oldestPendingAge = overview.oldestPendingAcceptedAt.map { max(now - $0, .zero) }
                overview.unmatchedReports = try store.reports.unmatchedCount()
                overview.refusals = try store.refusals.refusals()
                overview.lastCycle = try store.cycles.newest(1).first
                overview.lastSuccessAt = try store.meta.lastSuccess()
                overview.providerHealth = try store.meta.providerHealth()
                overview.verification = try store.meta.verificationProgress()
                overview.differences = try store.differences.counts()
                overview.isWorkedOn = InstanceLock.isHeld(forDatabase: configuration.place.text)
                overview.firing = try firing(store, at: now)
                overview.schemaVersion = try store.schemaVersion()
                return overview
            }
        }
    }

    /// The version of the reconciler's tables; nil where it has never been.
    package func schemaVersion() throws(LedgerError) -> Int? {
        try perform { try $0.schemaVersion() }
    }

    private func countPending(_ store: OpenDatabase, into overview: inout LedgerOverview) throws {
        let mapping = store.mapping
        // Rows accepted in the same second are many: the text is read as a time once.
        var starts = RepeatedStarts(mapping: mapping, column: 2)
        try store.pendingRows.each { row in
            overview.pending += 1
            guard row.key(1) != nil else {
                if row.holdsNoKey(1) {
                    overview.pendingWithUnreadableKey += 1
                } else {
                    overview.pendingWithoutKey += 1
                }
                return .more
            }
            guard let time = starts.next(row) else {
                overview.pendingWithoutTime += 1
                return .more
            }
            overview.oldestPendingAcceptedAt = min(overview.oldestPendingAcceptedAt ?? time, time)
            return .more
        }
    }

    private func countSettled(_ store: OpenDatabase, into overview: inout LedgerOverview) throws {
        var last: RowLocator?
        repeat {
            let part = try store.census.part(past: last)
            overview.sent += part.rows[.sent] ?? 0
            overview.deadLetters += part.rows[.deadLetter] ?? 0
            last = part.last
        } while last != nil
        for reason in DeadLetterReason.allCases { try countDeadLetters(reason, store, into: &overview) }
    }

    private func countDeadLetters(
        _ reason: DeadLetterReason, _ store: OpenDatabase, into overview: inout LedgerOverview
    ) throws {
        let mapping = store.mapping
        // CROSS JOIN: from our dead letters to their rows, not from all of the application's.
        let deadLetters = try store.database.statement(
            """
            SELECT t.message_key FROM reconciler_message AS t CROSS JOIN \(mapping.table) AS n
            WHERE t.reason = ?1 AND t.message_key > ?2 AND \(mapping.isAt("t.row_id"))
                AND \(mapping.keyIs("t.message_key")) AND \(mapping.statusOfFoundIs(.deadLetter))
            ORDER BY t.message_key LIMIT ?3
            """)
        var key: MessageKey? = MessageKey("")
        while let past = key {
            var portion = store.database.portion()
            key = nil
            try deadLetters.each(.text(reason.rawValue), SQLValue(past), SQLValue(portion.rows)) { row in
                overview.deadLettersByReason[reason, default: 0] += 1
                portion.count()
                guard portion.isOver else { return .more }
                key = MessageKey(row.text(0) ?? "")
                return .stop
            }
        }
    }
}

extension SQLLedger: StatusLedger {
    /// Each part for itself, not in one transaction: where there is no write-ahead log, a reader keeps everybody from
    /// writing.
    package func figures(at now: Timestamp) throws(LedgerError) -> StatusFigures {
        let start = now - .seconds(StatusFigures.days * 86_400)
        return try perform { store in
            var figures = StatusFigures()
            figures.firing = try firing(store, at: now)
            figures.pending = try PendingReader(mapping: store.mapping, rows: store.pendingRows).ages(at: now)
            figures.settled = try store.hours.counts(since: start)
            figures.rates = try rates(store, since: start, until: now)
            figures.origins = try OriginReader(mapping: store.mapping, database: store.database)
                .origins(since: start)
            figures.provider = try store.meta.providerHealth()
            figures.verification = VerificationFigures(
                progress: try store.meta.verificationProgress(), counts: try store.differences.counts(),
                newest: try store.differences.newest(VerificationFigures.shown))
            figures.cycles = try store.cycles.newest(CycleTable.kept)
            figures.lastSuccessAt = try store.meta.lastSuccess()
            return figures
        }
    }

    package func firing(at now: Timestamp) throws(LedgerError) -> [Alert] {
        try perform { try firing($0, at: now) }
    }

    /// As it is by that time: what time has ended is not waited for until somebody writes it down.
    private func firing(_ store: OpenDatabase, at now: Timestamp) throws -> [Alert] {
        try AlertStore(store.database, configuration).book(after: [], at: now).firing.oldestFirst
    }
}

extension SQLLedger {
    /// Messages for `list`, newest rows first; with a reason, highest keys first.
    package func list(_ filter: MessageFilter = MessageFilter(), limit: Int) throws(LedgerError) -> [StoredMessage] {
        try perform { store in
            let queries = MessageQueries(mapping: store.mapping, database: store.database)
            return try MessageList(queries: queries, filter: filter, limit: limit).messages()
        }
    }

    /// - Returns: nil when neither a row, nor a trace of the message, nor a difference is there.
    package func message(_ key: MessageKey) throws(LedgerError) -> MessageDetail? {
        try perform { store in
            try store.database.read {
                let queries = MessageQueries(mapping: store.mapping, database: store.database)
                var detail = MessageDetail(
                    message: try queries.message(key), tracking: try queries.tracking(key),
                    timeline: try queries.timeline(key), differences: try store.differences.of(key))
                if detail.tracking == nil, let message = detail.message, message.status == .pending {
                    detail.message?.isSentAgain =
                        try store.sentAgain.isMessage(key, in: message.row, from: message.start)
                }
                return detail.isEmpty ? nil : detail
            }
        }
    }

    /// How many pending messages of a send are due. Walks the table where no index on the key helps, so it is for
    /// people, not for cycles.
    package func dueCount(of send: RequestID, at now: Timestamp) throws(LedgerError) -> Int {
        try perform { store in
            try store.database.read {
                try SendReader(mapping: store.mapping, database: store.database)
                    .dueCount(send, at: now, configuration.policy, store.sentAgain)
            }
        }
    }

    /// Makes these dead letters pending again and due now. Code and message of the row are emptied, and what was
    /// known from asking is forgotten. A row that the table refuses does not keep the others from it.
    package func requeue(_ keys: [MessageKey], at now: Timestamp) throws(LedgerError) -> RequeueResult {
        try perform { store in
            let requeuer = Requeuer(store: store, now: now, rejection: rejection)
            var result = RequeueResult()
            var rest = keys[...]
            while !rest.isEmpty {
                let batch = rest.prefix(store.database.room)
                rest = rest.dropFirst(batch.count)
                result.add(try requeuer.requeue(batch.map { Requeuer.Letter(key: $0) }))
            }
            return result
        }
    }

    /// The same for all dead letters that the reconciler made for that reason, with that code if one is given, and
    /// accepted in that time.
    package func requeue(
        reason: DeadLetterReason, code: ReportCode? = nil, accepted: AcceptanceSpan = .always, at now: Timestamp
    ) throws(LedgerError) -> RequeueResult {
        try perform { store in
            let requeuer = Requeuer(store: store, now: now, rejection: rejection)
            var result = RequeueResult()
            var batch = try requeuer.deadLetters(reason, code, past: nil, atMost: store.database.room)
            while let last = batch.last {
                let meant = try requeuer.letters(batch, accepted: accepted)
                if !meant.isEmpty { result.add(try requeuer.requeue(meant)) }
                batch = try requeuer.deadLetters(reason, code, past: last.key, atMost: store.database.room)
            }
            return result
        }
    }

    private func rejection(_ error: any Error) -> LedgerError? {
        let meaning = meaning(of: error)
        return meaning.kind == .rowRejected ? meaning : nil
    }
}

extension SQLLedger {
    package func pendingOutline(countingUpTo most: Int) throws(LedgerError) -> PendingOutline {
        try perform { try $0.pending.outline(countingUpTo: most) }
    }

    package func settledShare(since: Timestamp, until now: Timestamp) throws(LedgerError) -> SettledShare {
        try perform { store in
            try SettledReader(mapping: store.mapping, database: store.database)
                .count(since: since, until: now, hasAllReports: configuration.hasAllReports)
        }
    }

    package func outcomes(since: Timestamp, until now: Timestamp) throws(LedgerError) -> OutcomeCounts {
        try perform { store in
            try outcomes(store, since: since, until: now).values.reduce(into: OutcomeCounts()) { $0.add($1) }
        }
    }

    package func reportDelays(since: Timestamp, until now: Timestamp) throws(LedgerError) -> ReportDelays {
        try perform { store in
            try store.rates.delays(since: since, until: now).values.reduce(into: ReportDelays()) { $0.add($1) }
        }
    }

    /// By hours since 1970: what is counted for good, and what young rows say. None at all where the application settles
    /// messages, too, and those cannot be counted: a share of the rest would be another.
    private func outcomes(
        _ store: OpenDatabase, since: Timestamp, until now: Timestamp
    ) throws -> [Int64: OutcomeCounts] {
        let grows = store.mapping.description.address.grows
        guard grows || configuration.hasAllReports else { return [:] }
        var hours = try store.rates.outcomes(since: since, until: now)
        guard grows else { return hours }
        for (slot, counts) in try store.elsewhere.young(try store.meta.countedTo(), at: now)
        where slot >= RateTables.Slot(since) && slot <= RateTables.Slot(now) {
            for (outcome, count) in counts { hours[slot.hour, default: OutcomeCounts()].add(outcome, count) }
        }
        return hours
    }

    private func rates(_ store: OpenDatabase, since: Timestamp, until now: Timestamp) throws -> [HourRates] {
        let outcomes = try outcomes(store, since: since, until: now)
        let delays = try store.rates.delays(since: since, until: now)
        return Set(outcomes.keys).union(delays.keys).sorted().map {
            HourRates(hour: $0, outcomes: outcomes[$0] ?? OutcomeCounts(), delays: delays[$0] ?? ReportDelays())
        }
    }
}

extension SQLLedger: TableCounts {
    package func standing() throws(LedgerError) -> QuickCounts {
        try perform { store in
            try store.census.standing()
        }
    }

    package func count(past row: RowLocator?) throws(LedgerError) -> TablePart {
        try perform { store in
            try store.census.part(past: row)
        }
    }
}

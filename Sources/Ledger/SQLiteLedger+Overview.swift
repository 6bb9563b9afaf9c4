package import Engine
package import Reconciliation

extension SQLiteLedger {
    /// Counts everything. Walks the table, so it is for people, not for cycles; in small steps, between which others may
    /// write.
    package func overview(at now: Timestamp) throws(LedgerError) -> LedgerOverview {
        try perform { store in
            var overview = LedgerOverview()
            try countPending(store, into: &overview)
            try countSettled(store, into: &overview)
            return try store.connection.read {
                if overview.pending == 0 {
                    overview.withUnmappedStatus =
                        try UnmappedStatuses.read(store.mapping, store.connection, withKey: true)?.rows ?? 0
                }
                overview.oldestPendingAge = overview.oldestPendingAcceptedAt.map { max(now - $0, .zero) }
                overview.unmatchedReports = try store.reports.unmatchedCount()
                overview.refusals = try store.refusals.refusals()
                overview.lastCycle = try store.cycles.newest(1).first
                overview.lastSuccessAt = try store.meta.lastSuccess()
                overview.providerHealth = try store.meta.providerHealth()
                overview.firing = try firing(store, at: now)
                overview.schemaVersion = try Migration.recordedVersion(on: store.connection, path: configuration.path)
                return overview
            }
        }
    }

    /// The version of the reconciler's tables; nil where it has never been.
    package func schemaVersion() throws(LedgerError) -> Int? {
        try perform { try Migration.recordedVersion(on: $0.connection, path: configuration.path) }
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
        let mapping = store.mapping
        var last: Int64?
        repeat {
            let part = try store.census.part(past: last)
            overview.sent += part.rows[.sent] ?? 0
            overview.deadLetters += part.rows[.deadLetter] ?? 0
            last = part.last
        } while last != nil
        // CROSS JOIN: from our dead letters to their rows, not from all of the application's.
        let deadLetters = try store.connection.statement(
            """
            SELECT t.message_key FROM reconciler_message AS t CROSS JOIN \(mapping.table) AS n
            WHERE t.reason = ?1 AND t.message_key > ?2 AND n.\(mapping.rowid) = t.row_id
                AND \(mapping.keyIs("t.message_key")) AND \(mapping.statusOfFoundIs(.deadLetter))
            ORDER BY t.message_key
            """)
        for reason in DeadLetterReason.allCases {
            var key: MessageKey? = MessageKey("")
            while let past = key {
                let slice = TimeSlice()
                key = nil
                try deadLetters.each(.text(reason.rawValue), SQLValue(past)) { row in
                    overview.deadLettersByReason[reason, default: 0] += 1
                    guard slice.isOver else { return .more }
                    key = MessageKey(row.text(0) ?? "")
                    return .stop
                }
            }
        }
    }
}

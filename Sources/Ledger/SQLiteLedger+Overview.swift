package import Engine
package import Reconciliation

extension SQLiteLedger {
    /// Counts everything. Walks the table where no index on the status helps, so it is for people, not for cycles.
    package func overview(at now: Timestamp) throws(LedgerError) -> LedgerOverview {
        try perform { store in
            try store.connection.read {
                var overview = LedgerOverview()
                try countPending(store, into: &overview)
                try countSettled(store, into: &overview)
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
        var starts = RepeatedStarts(mapping: mapping, column: 1)
        try store.connection.statement(
            """
            SELECT n.\(mapping.key), \(mapping.startColumns)
            FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending))
            """
        ).each { row in
            overview.pending += 1
            guard row.key(0) != nil else {
                if row.holdsNoKey(0) {
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
        try store.connection.statement(
            """
            SELECT \(mapping.statusNumber), count(*) FROM \(mapping.table) AS n
            WHERE \(mapping.statusIs(.sent)) OR \(mapping.statusIs(.deadLetter)) GROUP BY 1
            """
        ).each { row in
            switch TableMapping.status(row.integer(0)) {
            case .sent: overview.sent = row.count(1)
            case .deadLetter: overview.deadLetters = row.count(1)
            case .pending, .other: break
            }
            return .more
        }
        // CROSS JOIN: from our dead letters to their rows, not from all of the application's.
        try store.connection.statement(
            """
            SELECT t.reason, count(*) FROM reconciler_message AS t CROSS JOIN \(mapping.table) AS n
            WHERE t.reason IS NOT NULL AND n.\(mapping.rowid) = t.row_id AND \(mapping.keyIs("t.message_key"))
                AND \(mapping.statusOfFoundIs(.deadLetter)) GROUP BY t.reason
            """
        ).each { row in
            if let reason = row.text(0).flatMap(DeadLetterReason.init(rawValue:)) {
                overview.deadLettersByReason[reason] = row.count(1)
            }
            return .more
        }
    }
}

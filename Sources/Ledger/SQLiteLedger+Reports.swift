package import Engine
package import Reconciliation

extension SQLiteLedger: ReportLedger {
    package func reported(_ keys: [MessageKey]) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            try store.connection.read { try keys.map { try reported($0, store) } }
        }
    }

    package func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            try store.connection.read {
                try store.reports.due(past: position, at: now, limit: limit).map { try reported($0, store) }
            }
        }
    }

    package func apply(_ decisions: [ReportDecision], at now: Timestamp) throws(LedgerError) -> CommitResult {
        try perform { store in
            try store.connection.write {
                let result = try carryOut(decisions.compactMap(\.decision), store, at: now)
                for decision in decisions { try store.reports.keep(decision.kept, for: decision.key, at: now) }
                return result
            }
        }
    }

    private func reported(_ key: MessageKey, _ store: OpenDatabase) throws -> ReportedMessage {
        ReportedMessage(key: key, message: try store.reportedRows.find(key), kept: try store.reports.kept(key))
    }
}

package import Engine
package import Reconciliation

extension SQLiteLedger: ReportLedger {
    package func reported(_ keys: [MessageKey]) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            var found: [ReportedMessage] = []
            try store.connection.read(each: keys) { found.append(try reported($0, store)) }
            return found
        }
    }

    package func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) throws(LedgerError) -> [ReportedMessage] {
        try perform { store in
            var found: [ReportedMessage] = []
            try store.connection.read(each: try store.reports.due(past: position, at: now, limit: limit)) {
                found.append(try reported($0, store))
            }
            return found
        }
    }

    package func apply(_ decisions: [ReportDecision], at now: Timestamp) throws(LedgerError) -> CommitResult {
        try perform { store in
            var result = try store.connection.write(messages: decisions.count) {
                let noted = try decisions.compactMap(\.decision).map { decision in
                    let message = decision.message
                    let isSentAgain =
                        try decision.isFirstNote
                        && store.sentAgain.isMessage(message.key, in: message.row, from: message.acceptedAt)
                    return isSentAgain ? decision.firstSeen(at: now) : decision
                }
                let result = try carryOut(noted, refusals: decisions.flatMap(\.refusals), store, at: now)
                for decision in decisions { try store.reports.keep(decision.kept, for: decision.key, at: now) }
                return result
            }
            result.room = store.connection.pace.room
            return result
        }
    }

    private func reported(_ key: MessageKey, _ store: OpenDatabase) throws -> ReportedMessage {
        ReportedMessage(key: key, message: try store.states.find(key)?.message, kept: try store.reports.kept(key))
    }
}

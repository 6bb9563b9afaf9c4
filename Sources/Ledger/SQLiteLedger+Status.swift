package import Engine
package import Reconciliation

extension SQLiteLedger: StatusLedger {
    /// Each part for itself, not in one transaction: where there is no write-ahead log, a reader keeps everybody from
    /// writing.
    package func figures(at now: Timestamp) throws(LedgerError) -> StatusFigures {
        let start = now - .seconds(StatusFigures.days * 86_400)
        return try perform { store in
            var figures = StatusFigures()
            figures.firing = try firing(store, at: now)
            figures.pending = try PendingReader(mapping: store.mapping, rows: store.pendingRows).ages(at: now)
            figures.settled = try store.hours.counts(since: start)
            figures.origins = try OriginReader(mapping: store.mapping, connection: store.connection)
                .origins(since: start)
            figures.provider = try store.meta.providerHealth()
            figures.cycles = try store.cycles.newest(CycleTable.kept)
            figures.lastSuccessAt = try store.meta.lastSuccess()
            return figures
        }
    }

    package func firing(at now: Timestamp) throws(LedgerError) -> [Alert] {
        try perform { try firing($0, at: now) }
    }

    /// As it is by that time: what time has ended is not waited for until somebody writes it down.
    func firing(_ store: OpenDatabase, at now: Timestamp) throws -> [Alert] {
        try AlertKeeper(store.connection, configuration).book(after: [], at: now).firing.oldestFirst
    }
}

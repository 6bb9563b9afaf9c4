package import Engine
package import Reconciliation

extension SQLiteLedger: AlertLedger {
    package func alerts(at now: Timestamp) throws(LedgerError) -> AlertSnapshot {
        try perform { store in
            let keeper = AlertKeeper(store.connection, configuration)
            let (isCurrent, snapshot) = try store.connection.read {
                let book = try keeper.book(after: [], at: now)
                return (!book.isChanged && sinksAreAdopted, try keeper.snapshot(of: book))
            }
            if isCurrent || mode == .readOnly { return snapshot }
            let written = try store.connection.write {
                let book = try keeper.book(after: [], at: now)
                try keeper.save(book)
                if !sinksAreAdopted { try keeper.adoptSinks(firing: book.firing) }
                return try keeper.snapshot(of: book)
            }
            sinksAreAdopted = true
            return written
        }
    }

    package func record(_ telling: Telling) throws(LedgerError) {
        try perform { store in
            try store.connection.write { try TellingTable(connection: store.connection).save(telling) }
        }
    }

    /// Silences what fires by that name with these labels, until it resolves.
    /// - Returns: what that is, as it was before; empty when nothing such fires.
    package func acknowledge(
        _ name: AlertName, labels: [String: String], at now: Timestamp
    ) throws(LedgerError) -> [Alert] {
        try perform { store in
            let keeper = AlertKeeper(store.connection, configuration)
            return try store.connection.write {
                var book = try keeper.book(after: [], at: now)
                let alerts = book.acknowledge(name, labels: labels)
                try keeper.save(book)
                return alerts
            }
        }
    }
}

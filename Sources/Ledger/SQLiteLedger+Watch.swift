package import Engine
package import Reconciliation

extension SQLiteLedger: WatchLedger {
    package func pendingOutline(countingUpTo most: Int) throws(LedgerError) -> PendingOutline {
        try perform { try $0.pending.outline(countingUpTo: most) }
    }

    package func settledShare(since: Timestamp, until now: Timestamp) throws(LedgerError) -> SettledShare {
        try perform { store in
            try SettledReader(mapping: store.mapping, connection: store.connection).count(since: since, until: now)
        }
    }
}

package import Engine
package import Reconciliation

extension SQLiteLedger: VerificationLedger {
    package func findsByKey() throws(LedgerError) -> Bool { try perform { $0.states.keyIsIndexed } }

    package func verificationProgress() throws(LedgerError) -> VerificationSchedule.Progress? {
        try perform { try $0.meta.verificationProgress() }
    }

    package func keep(_ progress: VerificationSchedule.Progress) throws(LedgerError) {
        try perform { store in try store.connection.write { try store.meta.save(progress) } }
    }

    package func deliveryHistory() throws(LedgerError) -> DeliveryHistory {
        try perform { store in try store.connection.read { try store.deliveries.load() } }
    }

    package func keep(
        _ history: DeliveryHistory, observing observations: [AlertObservation], at now: Timestamp
    ) throws(LedgerError) {
        try perform { store in
            let keeper = AlertStore(store.connection, configuration)
            try store.connection.write {
                try store.deliveries.save(history)
                try keeper.save(try keeper.book(after: observations, at: now))
            }
        }
    }

    package func traces(of keys: [MessageKey]) throws(LedgerError) -> Set<MessageKey> {
        try perform { store in
            let trace = try store.connection.statement(
                """
                SELECT 1 FROM reconciler_message WHERE message_key = ?1
                UNION ALL SELECT 1 FROM reconciler_audit WHERE message_key = ?1 LIMIT 1
                """)
            var found: Set<MessageKey> = []
            try store.connection.read(each: keys) { key in
                if try trace.first(SQLValue(key), read: { _ in true }) == true { found.insert(key) }
            }
            return found
        }
    }

    package func known(of differences: [Difference]) throws(LedgerError) -> Set<Difference> {
        try perform { store in
            var known: Set<Difference> = []
            try store.connection.read(each: differences) { difference in
                if try store.differences.holds(difference) { known.insert(difference) }
            }
            return known
        }
    }

    package func note(_ differences: [Difference], at now: Timestamp) throws(LedgerError) -> Set<Difference> {
        try perform { store in
            let keeper = AlertStore(store.connection, configuration)
            return try store.connection.write(messages: differences.count) {
                let known = Set(try differences.filter(store.differences.holds))
                let new = Set(differences).subtracting(known)
                for difference in new { try store.differences.add(difference, at: now) }
                try keeper.save(try keeper.book(after: differences.observations(known: known), at: now))
                return new
            }
        }
    }

    package func deadLettersByListing(past id: Int64, limit: Int) throws(LedgerError) -> [ListedDeadLetter] {
        try perform { store in
            try store.connection.statement(
                "SELECT id, message_key FROM reconciler_audit WHERE is_listed = 1 AND id > ?1 ORDER BY id LIMIT ?2"
            ).all(.integer(id), SQLValue(limit)) { row in
                ListedDeadLetter(id: row.integer(0), key: MessageKey(row.text(1) ?? ""))
            }
        }
    }

    package func lastListedDeadLetter() throws(LedgerError) -> Int64 {
        try perform { store in
            // Once all of the audit has been forgotten, its numbers begin anew.
            let newest = try store.connection.statement("SELECT max(id) FROM reconciler_audit").first { $0.integer(0) }
            return min(try store.meta.lastListedDeadLetter(), newest ?? 0)
        }
    }

    package func keep(lastListedDeadLetter id: Int64) throws(LedgerError) {
        try perform { store in try store.connection.write { try store.meta.save(lastListedDeadLetter: id) } }
    }
}

extension SQLiteLedger: ErrandLedger {
    package func begin(_ errand: Errand, at now: Timestamp) throws(LedgerError) -> ErrandID {
        try perform { store in
            if case .verify = errand, !store.states.keyIsIndexed { throw LedgerError.keyIsNotIndexed(configuration) }
            return try store.connection.write { try store.errands.add(errand, at: now) }
        }
    }

    package func openErrands(
        _ kind: Errand.Kind, limit: Int
    ) throws(LedgerError) -> [(id: ErrandID, errand: Errand)] {
        try perform { try $0.errands.open(kind, limit: limit) }
    }

    package func end(_ id: ErrandID, with result: ErrandResult, at now: Timestamp) throws(LedgerError) {
        try perform { store in try store.connection.write { try store.errands.end(id, with: result) } }
    }

    package func result(of id: ErrandID) throws(LedgerError) -> ErrandResult? {
        try perform { try $0.errands.result(of: id) }
    }

    package func forget(_ id: ErrandID) throws(LedgerError) {
        try perform { store in try store.connection.write { try store.errands.remove(id) } }
    }
}

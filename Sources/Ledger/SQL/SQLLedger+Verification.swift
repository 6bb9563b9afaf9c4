package import Engine
package import Reconciliation

extension SQLLedger: VerificationLedger {
    package func findsByKey() throws(LedgerError) -> Bool { try perform { $0.states.keyIsIndexed } }

    package func verificationProgress() throws(LedgerError) -> VerificationSchedule.Progress? {
        try perform { try $0.meta.verificationProgress() }
    }

    package func keep(_ progress: VerificationSchedule.Progress) throws(LedgerError) {
        try perform { store in try store.database.write { try store.meta.save(progress) } }
    }

    package func deliveryHistory() throws(LedgerError) -> DeliveryHistory {
        try perform { store in try store.database.read { try store.deliveries.load() } }
    }

    package func keep(
        _ history: DeliveryHistory, observing observations: [AlertObservation], at now: Timestamp
    ) throws(LedgerError) {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            try store.database.write {
                try store.deliveries.save(history)
                try keeper.save(try keeper.book(after: observations, at: now))
            }
        }
    }

    package func traces(of keys: [MessageKey]) throws(LedgerError) -> Set<MessageKey> {
        try perform { store in
            let trace = try store.database.statement(
                """
                SELECT 1 FROM reconciler_message WHERE message_key = ?1
                UNION ALL SELECT 1 FROM reconciler_audit WHERE message_key = ?1 LIMIT 1
                """)
            return Set(
                try store.database.read(each: keys) { key in try trace.first(SQLValue(key), read: { _ in key }) })
        }
    }

    package func known(of differences: [Difference]) throws(LedgerError) -> Set<Difference> {
        try perform { store in
            Set(try store.database.read(each: differences) { try store.differences.holds($0) ? $0 : nil })
        }
    }

    package func note(_ differences: [Difference], at now: Timestamp) throws(LedgerError) -> Set<Difference> {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            return try store.database.write(messages: differences.count) {
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
            try store.database.statement(
                "SELECT id, message_key FROM reconciler_audit WHERE is_listed = 1 AND id > ?1 ORDER BY id LIMIT ?2"
            ).all(.integer(id), SQLValue(limit)) { row in
                ListedDeadLetter(id: row.integer(0), key: MessageKey(row.text(1) ?? ""))
            }
        }
    }

    package func lastListedDeadLetter() throws(LedgerError) -> Int64 {
        try perform { store in
            // Once all of the audit has been forgotten, its numbers begin anew.
            let newest = try store.database.statement("SELECT max(id) FROM reconciler_audit").first { $0.integer(0) }
            return min(try store.meta.lastListedDeadLetter(), newest ?? 0)
        }
    }

    package func keep(lastListedDeadLetter id: Int64) throws(LedgerError) {
        try perform { store in try store.database.write { try store.meta.save(lastListedDeadLetter: id) } }
    }
}

extension SQLLedger: ErrandLedger {
    package func begin(_ errand: Errand, at now: Timestamp) throws(LedgerError) -> ErrandID {
        try perform { store in
            if case .verify = errand, !store.states.keyIsIndexed { throw LedgerError.keyIsNotIndexed(configuration) }
            return try store.database.write { try store.errands.add(errand, at: now) }
        }
    }

    package func openErrands(
        _ kind: Errand.Kind, limit: Int
    ) throws(LedgerError) -> [(id: ErrandID, errand: Errand)] {
        try perform { try $0.errands.open(kind, limit: limit) }
    }

    package func end(_ id: ErrandID, with result: ErrandResult, at now: Timestamp) throws(LedgerError) {
        try perform { store in try store.database.write { try store.errands.end(id, with: result) } }
    }

    package func result(of id: ErrandID) throws(LedgerError) -> ErrandResult? {
        try perform { try $0.errands.result(of: id) }
    }

    package func forget(_ id: ErrandID) throws(LedgerError) {
        try perform { store in try store.database.write { try store.errands.remove(id) } }
    }
}

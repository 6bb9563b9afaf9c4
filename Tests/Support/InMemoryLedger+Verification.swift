package import Engine
package import Reconciliation

/// What is kept of verifications and errands.
struct VerificationMemory: Sendable {
    var progress: VerificationSchedule.Progress?
    var history = DeliveryHistory()
    var differences: [Difference] = []
    /// Dead letters that a listing made, in order; their numbers begin with 1.
    var listed: [MessageKey] = []
    var lastListed: Int64 = 0
    var errands: [(errand: Errand, result: ErrandResult?)?] = []
}

extension InMemoryLedger: VerificationLedger {
    package func findsByKey() -> Bool { findsKeys }

    package func verificationProgress() throws(LedgerError) -> VerificationSchedule.Progress? {
        if let failure { throw failure }
        return verification.progress
    }

    package func keep(_ progress: VerificationSchedule.Progress) throws(LedgerError) {
        if let failure { throw failure }
        verification.progress = progress
    }

    package func deliveryHistory() -> DeliveryHistory { verification.history }

    package func keep(
        _ history: DeliveryHistory, observing observations: [AlertObservation], at now: Timestamp
    ) throws(LedgerError) {
        if let failure { throw failure }
        verification.history = history
        observe(observations, now)
    }

    package func traces(of keys: [MessageKey]) -> Set<MessageKey> {
        Set(keys.filter { rows[$0]?.tracking != nil || verification.listed.contains($0) })
    }

    package func known(of differences: [Difference]) -> Set<Difference> {
        Set(differences.filter(isKnown))
    }

    package func note(_ differences: [Difference], at now: Timestamp) throws(LedgerError) -> Set<Difference> {
        if let failure { throw failure }
        let known = known(of: differences)
        let new = Set(differences).subtracting(known)
        verification.differences += new
        observe(differences.observations(known: known), now)
        return new
    }

    private func isKnown(_ difference: Difference) -> Bool {
        verification.differences.contains { $0.kind == difference.kind && $0.key == difference.key }
    }

    package func deadLettersByListing(past id: Int64, limit: Int) -> [ListedDeadLetter] {
        let all = verification.listed.enumerated().map { ListedDeadLetter(id: Int64($0.offset + 1), key: $0.element) }
        return Array(all.filter { $0.id > id }.prefix(limit))
    }

    package func lastListedDeadLetter() -> Int64 { verification.lastListed }

    package func keep(lastListedDeadLetter id: Int64) throws(LedgerError) {
        if let failure { throw failure }
        verification.lastListed = id
    }

    /// From now on messages cannot be found by their keys.
    package func losesKeys() { findsKeys = false }

    package var noted: [Difference] { verification.differences }

    /// As if a listing had made these dead letters.
    package func list(_ keys: [MessageKey]) { verification.listed += keys }
}

extension InMemoryLedger: ErrandLedger {
    package func begin(_ errand: Errand, at now: Timestamp) throws(LedgerError) -> ErrandID {
        if let failure { throw failure }
        verification.errands.append((errand, nil))
        return ErrandID(number: Int64(verification.errands.count))
    }

    package func openErrands(
        _ kind: Errand.Kind, limit: Int
    ) throws(LedgerError) -> [(id: ErrandID, errand: Errand)] {
        if let failure { throw failure }
        let open = verification.errands.enumerated().compactMap { index, kept -> (id: ErrandID, errand: Errand)? in
            guard let kept, kept.result == nil, kept.errand.kind == kind else { return nil }
            return (ErrandID(number: Int64(index + 1)), kept.errand)
        }
        return Array(open.prefix(limit))
    }

    package func end(_ id: ErrandID, with result: ErrandResult, at now: Timestamp) throws(LedgerError) {
        if let failure { throw failure }
        verification.errands[Int(id.number - 1)]?.result = result
    }

    package func result(of id: ErrandID) throws(LedgerError) -> ErrandResult? {
        guard let kept = verification.errands[Int(id.number - 1)] else { throw LedgerError(.unexpected, "it is gone") }
        return kept.result
    }

    package func forget(_ id: ErrandID) {
        verification.errands[Int(id.number - 1)] = nil
    }
}

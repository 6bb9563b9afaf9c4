internal import Reconciliation

/// Finds the rows that reports about given keys could still change (`Ledger.known`).
struct KnownReader {
    let connection: Connection
    let states: MessageStates
    let sentAgain: SentAgain

    /// Reads in steps of a `TimeSlice`, between which others may write.
    func messages(_ keys: [MessageKey], at now: Timestamp, _ policy: Policy) throws -> [KnownMessage] {
        var found: [KnownMessage] = []
        found.reserveCapacity(keys.count)
        try connection.read(each: keys) { key in
            guard let state = try states.find(key) else { return }
            let known = state.known(at: now, isSentAgain: try sentAgain.isMessage(state), policy)
            if let known { found.append(known) }
        }
        return found
    }
}

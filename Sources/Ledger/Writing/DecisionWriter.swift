internal import Engine
internal import Reconciliation

/// Carries out what resolutions say, inside a transaction of its caller's.
struct DecisionWriter {
    let states: MessageStates
    let rows: RowTable
    let tracking: TrackingTable
    let audit: AuditTable
    let hours: HourTable
    let reports: ReportTable
    /// How long a new message is left to its webhook.
    let after: Duration

    func carryOut(_ decisions: [Decision], at now: Timestamp) throws -> CommitResult {
        var result = CommitResult()
        for decision in decisions {
            let key = decision.message.key
            let resolution = try carryOut(key, at: now) {
                Resolution(
                    decision, try states.find(key, lastSeenAt: decision.message.row), kept: try reports.kept(key),
                    at: now)
            }
            result.add(resolution, of: key)
        }
        try hours.add(result.applied, at: now)
        return result
    }

    /// A compare-and-set that misses is resolved once more, with the row as it is by then.
    /// - Returns: what was done; nil where there was nothing to resolve, or the row changes under our hands.
    @discardableResult
    func carryOut(
        _ key: MessageKey, at now: Timestamp, _ resolve: () throws -> Resolution?
    ) throws -> Resolution? {
        for _ in 1...2 {
            guard let resolution = try resolve() else { return nil }
            if try apply(resolution, to: key, at: now) { return resolution }
        }
        return nil
    }

    /// - Returns: false when the compare-and-set missed; then nothing was done.
    private func apply(_ resolution: Resolution, to key: MessageKey, at now: Timestamp) throws -> Bool {
        if let change = resolution.change, try !rows.make(change, of: key, at: now) { return false }
        if let kept = resolution.kept { try reports.keep(kept, for: key, at: now) }
        if let entry = resolution.audit, let change = resolution.change { try audit.add(entry, key, change.row) }
        // Before the former message is forgotten: by that the new one is known to be sent again.
        if let vacated = resolution.vacated, let state = try states.find(in: vacated),
            let note = Resolution.newcomer(state, insteadOf: key, at: now, after: after)
        {
            try tracking.save(note, of: state.key, at: now)
        }
        try tracking.keep(resolution.memory, of: key, at: now)
        return true
    }
}

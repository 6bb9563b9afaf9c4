package import Ledger
package import Reconciliation

/// What `status --check` says with its exit code.
package enum StatusCheck {
    /// - Parameter interval: between cycles.
    package static func verdict(_ overview: LedgerOverview, interval: Duration, at now: Timestamp) -> ExitCode {
        guard overview.schemaVersion != nil, overview.lastCycle != nil else { return .unknown }
        let isOverdue = overview.lastSuccessAt.map { now - $0 > OverdueCycle.patience(interval) } ?? true
        let worst = overview.firing.map(\.identity.name.severity).max()
        if isOverdue || worst == .critical { return .critical }
        return overview.refusals != nil || worst.map { $0 >= .warning } == true ? .negative : .ok
    }
}

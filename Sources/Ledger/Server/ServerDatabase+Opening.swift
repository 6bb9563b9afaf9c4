internal import Engine
internal import Reconciliation

extension ServerDatabase {
    /// For a ledger.
    convenience init(
        _ address: ServerAddress, _ configuration: LedgerConfiguration, _ mode: SQLLedger.Mode, patience: Patience?
    ) throws {
        let use: Use =
            switch mode {
            case .readOnly: .reading
            case .readWrite: configuration.lease.map { .working($0) } ?? .writing
            }
        try self.init(address, configuration, for: use, patience: patience)
        // Whoever writes locks their rows.
        if mode == .readWrite { try LeaseTable(database: self).make() }
    }

    /// For who looks at the leases, and has one of them.
    convenience init(forLeases address: ServerAddress, _ configuration: LedgerConfiguration, patience: Patience?) throws
    {
        try self.init(address, configuration, for: .leases, patience: patience)
    }

    private convenience init(
        _ address: ServerAddress, _ configuration: LedgerConfiguration, for use: Use, patience: Patience?
    ) throws {
        try self.init(
            try address.scheme.kind(at: address), address, ServerLimits(configuration), for: use, patience: patience)
    }
}

extension ServerLimits {
    init(_ configuration: LedgerConfiguration) {
        lock = configuration.busyTimeout
        utcOffset = configuration.utcOffset
        idleInTransaction = min(Self.longestIdle, max(Self.shortestIdle, configuration.interval))
    }

    /// A process that is frozen within a transaction keeps the lease's row locked. Its claim is over after more than an
    /// interval: until then nobody waits for that.
    private static let longestIdle = Duration.seconds(10)
    /// Servers may count whole seconds; and a busy machine may keep a process waiting that is well.
    private static let shortestIdle = Duration.seconds(1)
}

extension ServerAddress.Scheme {
    /// - Throws: `unusable`, naming what must be built in.
    fileprivate func kind(at address: ServerAddress) throws(LedgerError) -> any ServerKind.Type {
        guard let kind else { throw LedgerError(.unusable, "\(address.text): \(buildHint)") }
        return kind
    }
}

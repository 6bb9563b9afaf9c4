package import Reconciliation

/// Who works on a database that many can reach (`Lease`). By a connection of its own: it must be heard while the work hangs.
package protocol LeaseLedger: Sendable {
    /// One look: claims it where nobody else has it, and leaves a sign of life either way.
    func claim(
        _ name: LeaseName, by instance: LeaseInstance, for duration: Duration
    ) async throws(LedgerError) -> LeaseClaim

    /// Gives it back: whoever looks next has it. Nothing where another one has it.
    func release(_ name: LeaseName, by instance: LeaseInstance) async throws(LedgerError)

    /// Forgets an instance that ends.
    func forget(_ instance: LeaseInstance) async throws(LedgerError)

    /// Who has shown a sign of life lately, those that work first. Reads only.
    func instances(seenWithin duration: Duration) async throws(LedgerError) -> [InstanceView]

    func close() async
}

/// A process that works on a database, or stands by, as others see it. By the server's clock.
package struct InstanceView: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable {
        case working
        case standby
    }

    package var host: String
    package var processID: Int
    package var role: Role
    package var since: Timestamp
    package var seenAt: Timestamp

    package init(host: String, processID: Int, role: Role, since: Timestamp, seenAt: Timestamp) {
        self.host = host
        self.processID = processID
        self.role = role
        self.since = since
        self.seenAt = seenAt
    }
}

package import Engine
package import Reconciliation

/// Leases without a server: by the rule of `LeaseRecord`, and by the clock it is given.
@EventLoop
package final class InMemoryLeases: LeaseLedger {
    package private(set) var records: [LeaseName: LeaseRecord] = [:]
    private var known: [String: (instance: LeaseInstance, since: Timestamp, seenAt: Timestamp)] = [:]
    private let time: any Timekeeper
    /// What every call throws, while there is something.
    package var failure: LedgerError?
    package private(set) var isClosed = false
    private var silenced: String?
    private var unheard: [CheckedContinuation<Void, Never>] = []

    package init(time: any Timekeeper) {
        self.time = time
    }

    @EventLoop package func claim(
        _ name: LeaseName, by instance: LeaseInstance, for duration: Duration
    ) async throws(LedgerError) -> LeaseClaim {
        if let failure { throw failure }
        if silenced == instance.id { await withCheckedContinuation { unheard.append($0) } }
        known[instance.id] = (instance, known[instance.id]?.since ?? time.now, time.now)
        let record = records[name] ?? LeaseRecord()
        guard let claimed = record.claimed(by: instance.id, at: time.now, for: duration) else {
            return .held(by: record.owner.flatMap { known[$0]?.instance }, until: record.until)
        }
        records[name] = claimed
        return .had(term: claimed.term)
    }

    /// The instance is paused: what it asks is heard when nobody, or another one, is.
    package func silence(_ instance: String?) {
        silenced = instance
        for continuation in unheard { continuation.resume() }
        unheard = []
    }

    @EventLoop package func release(_ name: LeaseName, by instance: LeaseInstance) async throws(LedgerError) {
        if let failure { throw failure }
        guard let record = records[name], record.owner == instance.id else { return }
        records[name] = LeaseRecord(term: record.term)
    }

    @EventLoop package func forget(_ instance: LeaseInstance) async throws(LedgerError) {
        if let failure { throw failure }
        known[instance.id] = nil
    }

    @EventLoop package func instances(seenWithin duration: Duration) async throws(LedgerError) -> [InstanceView] {
        if let failure { throw failure }
        let owner = records[.cycles].flatMap { $0.until < time.now ? nil : $0.owner }
        return known.values.filter { $0.seenAt + duration >= time.now }.map {
            InstanceView(
                host: $0.instance.host, processID: $0.instance.processID,
                role: $0.instance.id == owner ? .working : .standby, since: $0.since, seenAt: $0.seenAt)
        }.sorted { ($0.role == .working ? 0 : 1, $0.since) < ($1.role == .working ? 0 : 1, $1.since) }
    }

    @EventLoop package func close() async { isClosed = true }
}

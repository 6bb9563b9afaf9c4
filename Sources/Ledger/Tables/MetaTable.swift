internal import Engine
internal import Reconciliation

/// Single values: the last success, the provider's health, the latest delivery, what a jump of the clock gives, and the
/// table's definition.
struct MetaTable {
    let connection: Connection

    private enum Key: String {
        case successAt = "last_success_at"
        case providerState = "provider_state"
        case providerSince = "provider_since"
        case providerDetail = "provider_detail"
        case providerCause = "provider_cause"
        case deliveryAt = "last_delivery_at"
        case clockMore = "clock_allowance_ms"
        case clockBefore = "clock_jumped_at"
        case definition = "table_definition"
    }

    func save(_ cycle: CycleRecord, at now: Timestamp) throws {
        if cycle.result == .ok { try set(.successAt, String(now.milliseconds)) }
        try set(.providerState, cycle.health.state.rawValue)
        try set(.providerSince, String(cycle.health.since.milliseconds))
        try set(.providerDetail, cycle.health.detail)
        try set(.providerCause, cycle.health.cause?.rawValue)
    }

    func lastSuccess() throws -> Timestamp? {
        try number(.successAt).map(Timestamp.init(milliseconds:))
    }

    func providerHealth() throws -> ProviderHealth? {
        guard let state = try get(.providerState).flatMap(ProviderState.init(rawValue:)),
            let since = try number(.providerSince)
        else { return nil }
        return ProviderHealth(
            state: state, since: Timestamp(milliseconds: since), detail: try get(.providerDetail),
            cause: try get(.providerCause).flatMap(AlertCause.init(rawValue:)))
    }

    /// The latest report time of any delivery.
    func lastDelivery() throws -> Timestamp? {
        try number(.deliveryAt).map(Timestamp.init(milliseconds:))
    }

    func save(lastDelivery time: Timestamp) throws {
        try set(.deliveryAt, String(time.milliseconds))
    }

    func clockAllowance() throws -> ClockAllowance? {
        guard let more = try number(.clockMore), let before = try number(.clockBefore) else { return nil }
        return ClockAllowance(more: .milliseconds(more), before: Timestamp(milliseconds: before))
    }

    func save(_ allowance: ClockAllowance?) throws {
        try set(.clockMore, allowance.map { String($0.more.wholeMilliseconds) })
        try set(.clockBefore, allowance.map { String($0.before.milliseconds) })
    }

    /// The SQL of the application's table when it was last looked at.
    func definition() throws -> String? { try get(.definition) }

    func save(definition: String) throws { try set(.definition, definition) }

    private func number(_ key: Key) throws -> Int64? {
        try get(key).flatMap { Int64($0) }
    }

    private func get(_ key: Key) throws -> String? {
        try connection.statement("SELECT value FROM reconciler_meta WHERE key = ?1")
            .first(.text(key.rawValue)) { $0.text(0) } ?? nil
    }

    private func set(_ key: Key, _ value: String?) throws {
        try connection.statement("INSERT OR REPLACE INTO reconciler_meta (key, value) VALUES (?1, ?2)")
            .run(.text(key.rawValue), SQLValue(value))
    }
}

internal import Engine
internal import Reconciliation

/// The last cycles.
struct CycleTable {
    /// As many are kept.
    static let kept = 20

    let connection: Connection

    /// In the order in which they ended, whatever the clock said.
    func add(_ cycle: CycleRecord) throws {
        try connection.statement(
            """
            INSERT INTO reconciler_cycle (started_at, duration_ms, result, provider_state, provider_since,
                provider_detail, due, requests, settled)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        ).run(
            SQLValue(cycle.startedAt), .integer(cycle.duration.wholeMilliseconds), .text(cycle.result.rawValue),
            .text(cycle.health.state.rawValue), SQLValue(cycle.health.since), SQLValue(cycle.health.detail),
            SQLValue(cycle.due), SQLValue(cycle.requests), SQLValue(cycle.settled))
        try connection.statement(
            "DELETE FROM reconciler_cycle WHERE id <= (SELECT max(id) FROM reconciler_cycle) - \(Self.kept)"
        ).run()
    }

    /// Newest first.
    func newest(_ limit: Int) throws -> [CycleRecord] {
        try connection.statement(
            """
            SELECT started_at, duration_ms, result, provider_state, provider_since, provider_detail, due, requests,
                settled
            FROM reconciler_cycle ORDER BY id DESC LIMIT ?1
            """
        ).all(SQLValue(limit), read: Self.cycle).compactMap(\.self)
    }

    private static func cycle(_ row: Statement) -> CycleRecord? {
        guard let startedAt = row.time(0), let result = row.text(2).flatMap(CycleRecord.Result.init(rawValue:)),
            let state = row.text(3).flatMap(ProviderState.init(rawValue:)), let since = row.time(4)
        else { return nil }
        return CycleRecord(
            startedAt: startedAt, duration: .milliseconds(row.integer(1)), result: result,
            health: ProviderHealth(state: state, since: since, detail: row.text(5)), due: row.count(6),
            requests: row.count(7), settled: row.count(8))
    }
}

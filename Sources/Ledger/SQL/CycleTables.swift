internal import Engine
internal import Reconciliation

/// The last cycles.
struct CycleTable {
    /// As many are kept.
    static let kept = 20

    let database: any Database

    /// In the order in which they ended, whatever the clock said.
    func add(_ cycle: CycleRecord) throws {
        try database.statement(
            """
            INSERT INTO reconciler_cycle (started_at, duration_ms, result, provider_state, provider_since,
                provider_detail, due, requests, settled)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        ).run(
            SQLValue(cycle.startedAt), .integer(cycle.duration.wholeMilliseconds), .text(cycle.result.rawValue),
            .text(cycle.health.state.rawValue), SQLValue(cycle.health.since), SQLValue(cycle.health.detail),
            SQLValue(cycle.due), SQLValue(cycle.requests), SQLValue(cycle.settled))
        try database.statement(
            """
            DELETE FROM reconciler_cycle
            WHERE id <= (SELECT newest FROM (SELECT max(id) AS newest FROM reconciler_cycle) AS last) - \(Self.kept)
            """
        ).run()
    }

    /// Newest first.
    func newest(_ limit: Int) throws -> [CycleRecord] {
        try database.statement(
            """
            SELECT started_at, duration_ms, result, provider_state, provider_since, provider_detail, due, requests,
                settled
            FROM reconciler_cycle ORDER BY id DESC LIMIT ?1
            """
        ).all(SQLValue(limit), read: Self.cycle).compactMap(\.self)
    }

    private static func cycle(_ row: any Row) -> CycleRecord? {
        guard let startedAt = row.time(0), let result = row.text(2).flatMap(CycleRecord.Result.init(rawValue:)),
            let state = row.text(3).flatMap(ProviderState.init(rawValue:)), let since = row.time(4)
        else { return nil }
        return CycleRecord(
            startedAt: startedAt, duration: .milliseconds(row.count(1)), result: result,
            health: ProviderHealth(state: state, since: since, detail: row.text(5)), due: row.count(6),
            requests: row.count(7), settled: row.count(8))
    }
}

/// What the reconciler settled, counted by the hour.
final class HourTable {
    private let insert: any PreparedStatement
    private let remove: any PreparedStatement
    private let read: any PreparedStatement

    /// Those that can be reckoned with, whatever a damaged row holds.
    private static let hours = Timestamp(kept: .min).hour...Timestamp(kept: .max).hour

    init(on database: any Database) throws {
        insert = try database.prepare(
            """
            INSERT INTO reconciler_hour (hour, source, outcome, code, count) VALUES (?1, ?2, ?3, ?4, ?5)
            \(database.dialect.onConflict(["hour", "source", "outcome", "code"])) count = reconciler_hour.count + ?5
            """)
        remove = try database.prepare("DELETE FROM reconciler_hour WHERE hour < ?1")
        read = try database.prepare(
            """
            SELECT hour, source, outcome, code, count FROM reconciler_hour WHERE hour >= ?1
            ORDER BY hour, source, outcome, code
            """)
    }

    /// Counts settlements that took effect. A dead letter that is only told more precisely was counted before.
    func add(_ settlements: [Settlement], at now: Timestamp) throws {
        var counts: [Kind: Int] = [:]
        for settlement in settlements {
            if let kind = Kind(settlement) { counts[kind, default: 0] += 1 }
        }
        for (kind, count) in counts {
            try insert.run(
                .integer(now.hour), .text(kind.source.rawValue), .text(kind.outcome.name),
                .text(kind.code?.text ?? ""), SQLValue(count))
        }
    }

    func prune(before limit: Timestamp) throws {
        try remove.run(.integer(limit.hour))
    }

    /// Oldest first.
    func counts(since start: Timestamp) throws -> [SettledCount] {
        try read.all(.integer(start.hour)) { row in
            guard let source = row.text(1).flatMap(Settlement.Source.init(rawValue:)),
                let outcome = row.text(2).flatMap(SettledCount.Outcome.init(name:))
            else { return nil }
            return SettledCount(
                hour: min(max(row.integer(0), Self.hours.lowerBound), Self.hours.upperBound), source: source,
                outcome: outcome, code: row.text(3).flatMap(ReportCode.init),
                count: row.count(4))
        }.compactMap(\.self)
    }

    private struct Kind: Hashable {
        var source: Settlement.Source
        var outcome: SettledCount.Outcome
        var code: ReportCode?

        init?(_ settlement: Settlement) {
            source = settlement.source
            switch (settlement.from, settlement.to) {
            case (.deadLetter, .sent): outcome = .late
            case (_, .sent): outcome = .sent
            case (.pending, .deadLetter):
                outcome = .deadLetter(settlement.reason ?? .reported)
                code = settlement.code
            default: return nil
            }
        }
    }
}

extension SettledCount.Outcome {
    fileprivate var name: String {
        switch self {
        case .sent: "sent"
        case .late: "late"
        case .deadLetter(let reason): reason.rawValue
        }
    }

    fileprivate init?(name: String) {
        switch name {
        case "sent": self = .sent
        case "late": self = .late
        default:
            guard let reason = DeadLetterReason(rawValue: name) else { return nil }
            self = .deadLetter(reason)
        }
    }
}

/// Single values: the last success, the provider's health, the latest delivery, what a jump of the clock gives, the
/// table's definition, where webhooks came from, how far the application's settlements are counted, and how far
/// verification has come.
struct MetaTable {
    let database: any Database

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
        case webhookPeers = "webhook_peers"
        case countedTo = "outcomes_counted_to"
        case verifyBeganAt = "verify_began_at"
        case lookedAt = "verify_looked_at"
        case verifiedUntil = "verified_until"
        case listedSeen = "verified_listed_dead_letter"
        case schemaVersion = "schema_version"
    }

    /// Whether nothing was noted yet.
    func isNew() throws -> Bool {
        try database.statement("SELECT 1 FROM reconciler_meta LIMIT 1").first { _ in false } ?? true
    }

    /// Nil where it is no number.
    func schemaVersion() throws -> Int? { try get(.schemaVersion).flatMap { Int($0) } }

    func save(schemaVersion: Int) throws { try set(.schemaVersion, String(schemaVersion)) }

    func save(_ cycle: CycleRecord, at now: Timestamp) throws {
        if cycle.result == .ok { try set(.successAt, String(now.milliseconds)) }
        try set(.providerState, cycle.health.state.rawValue)
        try set(.providerSince, String(cycle.health.since.milliseconds))
        try set(.providerDetail, cycle.health.detail)
        try set(.providerCause, cycle.health.cause?.rawValue)
    }

    func lastSuccess() throws -> Timestamp? {
        try number(.successAt).map(Timestamp.init(kept:))
    }

    func providerHealth() throws -> ProviderHealth? {
        guard let state = try get(.providerState).flatMap(ProviderState.init(rawValue:)),
            let since = try number(.providerSince)
        else { return nil }
        return ProviderHealth(
            state: state, since: Timestamp(kept: since), detail: try get(.providerDetail),
            cause: try get(.providerCause).flatMap(AlertCause.init(rawValue:)))
    }

    /// The latest report time of any delivery.
    func lastDelivery() throws -> Timestamp? {
        try number(.deliveryAt).map(Timestamp.init(kept:))
    }

    func save(lastDelivery time: Timestamp) throws {
        try set(.deliveryAt, String(time.milliseconds))
    }

    func clockAllowance() throws -> ClockAllowance? {
        guard let more = try number(.clockMore), let before = try number(.clockBefore) else { return nil }
        let time = Timestamp(kept: before)
        return ClockAllowance(more: Timestamp(kept: more) - Timestamp(milliseconds: 0), before: time)
    }

    func save(_ allowance: ClockAllowance?) throws {
        try set(.clockMore, allowance.map { String($0.more.wholeMilliseconds) })
        try set(.clockBefore, allowance.map { String($0.before.milliseconds) })
    }

    /// The SQL of the application's table when it was last looked at.
    func definition() throws -> String? { try get(.definition) }

    func save(definition: String) throws { try set(.definition, definition) }

    /// The row up to which what the application settled is counted for good.
    /// - Parameter kind: of rows' addresses.
    func countedTo() throws -> RowLocator? { try number(.countedTo).map { RowLocator($0) } }

    func save(countedTo row: RowLocator?) throws { try set(.countedTo, row?.description) }

    func savedPeers() throws -> String? { try get(.webhookPeers) }

    func save(webhookPeers: String) throws { try set(.webhookPeers, webhookPeers) }

    func verificationProgress() throws -> VerificationSchedule.Progress? {
        guard let beganAt = try number(.verifyBeganAt) else { return nil }
        return VerificationSchedule.Progress(
            beganAt: Timestamp(kept: beganAt), lookedAt: try number(.lookedAt).map(Timestamp.init(kept:)),
            verifiedUntil: try number(.verifiedUntil).map(Timestamp.init(kept:)))
    }

    func save(_ progress: VerificationSchedule.Progress) throws {
        try set(.verifyBeganAt, String(progress.beganAt.milliseconds))
        try set(.lookedAt, progress.lookedAt.map { String($0.milliseconds) } ?? "")
        try set(.verifiedUntil, progress.verifiedUntil.map { String($0.milliseconds) } ?? "")
    }

    func lastListedDeadLetter() throws -> Int64 { try number(.listedSeen) ?? 0 }

    func save(lastListedDeadLetter id: Int64) throws { try set(.listedSeen, String(id)) }

    private func number(_ key: Key) throws -> Int64? {
        try get(key).flatMap { Int64($0) }
    }

    private func get(_ key: Key) throws -> String? {
        try database.statement("SELECT value FROM reconciler_meta WHERE \"key\" = ?1")
            .first(.text(key.rawValue)) { $0.text(0) } ?? nil
    }

    private func set(_ key: Key, _ value: String?) throws {
        try database.statement(
            """
            INSERT INTO reconciler_meta ("key", value) VALUES (?1, ?2)
            \(database.dialect.onConflict(["\"key\""])) value = ?2
            """
        ).run(.text(key.rawValue), SQLValue(value))
    }
}

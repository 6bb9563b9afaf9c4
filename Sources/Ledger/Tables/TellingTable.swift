internal import Reconciliation

/// What each sink has been told of each alert. A row is there for every sink that is to be told at all.
struct TellingTable {
    let connection: Connection

    func load() throws -> [Telling] {
        try connection.statement(
            """
            SELECT name, labels, sink, episode, told_at, told_count, told_resolved, failures, not_before, failed_at,
                is_begun
            FROM reconciler_telling
            """
        ).all(read: Self.telling).compactMap(\.self)
    }

    /// Notes it, if the alert is still known.
    func save(_ telling: Telling) throws {
        try connection.statement(
            """
            INSERT INTO reconciler_telling (name, labels, sink, episode, told_at, told_count, told_resolved, failures,
                not_before, failed_at, is_begun)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
            WHERE EXISTS (SELECT 1 FROM reconciler_alert WHERE name = ?1 AND labels = ?2)
            ON CONFLICT (name, labels, sink) DO UPDATE SET episode = ?4, told_at = ?5, told_count = ?6,
                told_resolved = ?7, failures = ?8, not_before = ?9, failed_at = ?10, is_begun = ?11
            """
        ).run(
            .text(telling.identity.name.rawValue), .text(telling.identity.labelText), .text(telling.sink),
            SQLValue(telling.episode), SQLValue(telling.toldAt), SQLValue(telling.toldCount),
            SQLValue(telling.toldResolved), SQLValue(telling.failures), SQLValue(telling.notBefore),
            SQLValue(telling.failedAt), SQLValue(telling.isBegun))
    }

    /// Every sink that hears of such alerts is to be told of this one.
    func expect(_ identity: AlertIdentity, by sinks: [LedgerConfiguration.Sink]) throws {
        for sink in sinks where sink.hears(of: identity) {
            try connection.statement(
                """
                INSERT OR IGNORE INTO reconciler_telling (name, labels, sink, episode, told_count, told_resolved,
                    failures)
                VALUES (?1, ?2, ?3, 0, 0, 0, 0)
                """
            ).run(.text(identity.name.rawValue), .text(identity.labelText), .text(sink.name))
        }
    }

    func remove(_ telling: Telling) throws {
        try connection.statement("DELETE FROM reconciler_telling WHERE name = ?1 AND labels = ?2 AND sink = ?3")
            .run(.text(telling.identity.name.rawValue), .text(telling.identity.labelText), .text(telling.sink))
    }

    private static func telling(_ row: Statement) -> Telling? {
        guard let identity = AlertIdentity(name: row.text(0), labelText: row.text(1)) else { return nil }
        var telling = Telling(identity: identity, sink: row.text(2) ?? "")
        telling.episode = row.count(3)
        telling.toldAt = row.time(4)
        telling.toldCount = row.count(5)
        telling.toldResolved = row.flag(6)
        telling.failures = row.count(7)
        telling.notBefore = row.time(8)
        telling.failedAt = row.time(9)
        telling.isBegun = row.flag(10)
        return telling
    }
}

extension LedgerConfiguration.Sink {
    func hears(of identity: AlertIdentity) -> Bool { identity.isHeard(by: name, from: minimumSeverity) }
}

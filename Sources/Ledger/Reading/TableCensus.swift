internal import Engine
internal import Reconciliation

/// Counts the application's table for metrics. Every query is bounded, so that it keeps neither the cycle nor, where
/// the journal is not a write-ahead log, the application waiting.
struct TableCensus {
    /// Rows counted at a time.
    static let rowsCounted = 50_000
    /// Pending rows whose times are read at a time.
    static let pendingLookedAt = 1_000

    let mapping: TableMapping
    let connection: Connection

    func standing() throws -> LedgerStanding {
        let pending = try countPending()
        return LedgerStanding(
            pending: pending, oldestAcceptedAt: pending == nil ? nil : try oldestPending(past: nil, upTo: nil),
            databaseBytes: try databaseBytes())
    }

    func part(past row: Int64?) throws -> TablePart {
        var part = TablePart()
        var looked = 0
        try connection.statement(
            """
            SELECT number, count(*), max(place) FROM (
                SELECT \(mapping.statusNumber) AS number, n.\(mapping.rowid) AS place FROM \(mapping.table) AS n
                WHERE n.\(mapping.rowid) > ?1 ORDER BY n.\(mapping.rowid) LIMIT \(Self.rowsCounted)
            ) GROUP BY number
            """
        ).each(.integer(row ?? .min)) {
            let count = $0.count(1)
            part.rows[TableMapping.status($0.integer(0)), default: 0] += count
            part.last = max(part.last ?? .min, $0.integer(2))
            looked += count
            return .more
        }
        part.oldestAcceptedAt = try oldestPending(past: row, upTo: part.last)
        if looked < Self.rowsCounted { part.last = nil }
        return part
    }

    /// Nil where it would take a walk through the table.
    private func countPending() throws -> Int? {
        let sql = "SELECT count(*) FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending))"
        guard try QueryPlan(sql, on: connection).lines.allSatisfy({ $0.hasPrefix("SEARCH") }) else { return nil }
        return try connection.statement(sql).first { $0.count(0) } ?? 0
    }

    private func oldestPending(past row: Int64?, upTo last: Int64?) throws -> Timestamp? {
        var oldest: Timestamp?
        try connection.statement(
            """
            SELECT \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE \(mapping.statusIs(.pending)) AND n.\(mapping.rowid) > ?1 AND n.\(mapping.rowid) <= ?2
                AND n.\(mapping.key) <> '' ORDER BY n.\(mapping.rowid) LIMIT \(Self.pendingLookedAt)
            """
        ).each(.integer(row ?? .min), .integer(last ?? .max)) {
            if let time = mapping.start($0, at: 0) { oldest = min(oldest ?? time, time) }
            return .more
        }
        return oldest
    }

    private func databaseBytes() throws -> Int {
        let pages = try connection.statement("PRAGMA main.page_count").first { $0.count(0) } ?? 0
        let pageSize = try connection.statement("PRAGMA main.page_size").first { $0.count(0) } ?? 0
        return pages * pageSize
    }
}

internal import Engine
internal import Reconciliation

/// Counts the application's table for metrics. Every query is bounded, so that it keeps neither the cycle nor, where
/// the journal is not a write-ahead log, the application waiting.
struct TableCensus {
    /// Rows counted in a part, and in a statement: between two of them others may write.
    static let rowsCounted = 50_000
    static let rowsAtOnce = 5_000
    /// Pending rows whose times are read in a statement.
    static let pendingLookedAt = 500

    let mapping: TableMapping
    let connection: Connection

    func standing() throws -> LedgerStanding {
        let pending = try countPending()
        return LedgerStanding(
            pending: pending, oldestAcceptedAt: pending == nil ? nil : try oldestPending(past: nil, upTo: nil),
            databaseBytes: try databaseBytes())
    }

    func part(past row: Int64?) throws -> TablePart {
        var part = try piece(past: row)
        for _ in 1..<Self.rowsCounted / Self.rowsAtOnce {
            guard let last = part.last else { break }
            part.append(try piece(past: last))
        }
        return part
    }

    private func piece(past row: Int64?) throws -> TablePart {
        var part = TablePart()
        var looked = 0
        try connection.statement(
            """
            SELECT number, count(*), max(place) FROM (
                SELECT \(mapping.statusNumber) AS number, n.\(mapping.rowid) AS place FROM \(mapping.table) AS n
                WHERE n.\(mapping.rowid) > ?1 ORDER BY n.\(mapping.rowid) LIMIT \(Self.rowsAtOnce)
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
        if looked < Self.rowsAtOnce { part.last = nil }
        return part
    }

    /// Nil where it would take a walk through the table.
    private func countPending() throws -> Int? {
        let sql = "SELECT count(*) FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending))"
        guard try QueryPlan(sql, on: connection).lines.allSatisfy({ $0.hasPrefix("SEARCH") }) else { return nil }
        let part = """
            SELECT max(place), count(*) FROM (
                SELECT n.\(mapping.rowid) AS place FROM \(mapping.table) AS n
                WHERE \(mapping.statusIs(.pending)) AND n.\(mapping.rowid) > ?1
                ORDER BY n.\(mapping.rowid) LIMIT \(Self.rowsCounted)
            )
            """
        // What is kept in another order would be sorted for every part.
        guard try !QueryPlan(part, on: connection).sorts else {
            return try connection.statement(sql).first { $0.count(0) } ?? 0
        }
        var count = 0
        var last: Int64? = .min
        while let row = last {
            let found = try connection.statement(part).first(.integer(row)) { ($0.integer(0), $0.count(1)) } ?? (0, 0)
            count += found.1
            last = found.1 == Self.rowsCounted ? found.0 : nil
        }
        return count
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

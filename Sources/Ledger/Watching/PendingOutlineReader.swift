internal import Reconciliation

/// Looks at the pending rows from the oldest on. Without an index it walks the table, as `due` does.
final class PendingOutlineReader {
    /// Of so many rows the times are read. Rows are accepted in the order of the table, or nearly: one that was put in
    /// long after it was accepted, behind a thousand others, is found when it has come among them.
    static let rowsTimed = 1_000
    /// Those that are reserved for later are no part of them, and may be the oldest rows for months. So many rows are
    /// looked at where there are such.
    static let rowsLookedAt = 20_000

    private let mapping: TableMapping
    private let count: Statement
    private let times: Statement

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        let rows =
            "FROM \(mapping.table) AS n WHERE \(queries.pendingCondition) AND n.\(mapping.key) IS NOT NULL"
            + " AND n.\(mapping.key) <> '' ORDER BY n.\(mapping.rowid) LIMIT ?1"
        count = try Statement(connection, "SELECT count(*) FROM (SELECT 1 \(rows))")
        times = try Statement(connection, "SELECT \(mapping.startColumns) \(rows)")
    }

    func outline(countingUpTo most: Int) throws -> PendingOutline {
        var outline = PendingOutline(count: try count.first(SQLValue(most)) { $0.count(0) } ?? 0)
        var timed = 0
        try times.each(SQLValue(mapping.scheduledAt == nil ? Self.rowsTimed : Self.rowsLookedAt)) { row in
            let time = mapping.start(row, at: 0)
            if let time { outline.oldestAcceptedAt = min(outline.oldestAcceptedAt ?? time, time) }
            if mapping.scheduledAt == nil || time == mapping.time.time(row.value(0)) { timed += 1 }
            return timed < Self.rowsTimed ? .more : .stop
        }
        return outline
    }
}

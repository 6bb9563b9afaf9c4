internal import Reconciliation

/// Looks at the pending rows from the oldest on. Without an index it walks the table, as `due` does.
final class PendingOutlineReader {
    /// Of so many rows the times are read. Rows are accepted in the order of the table, or nearly: one that was put in
    /// long after it was accepted, behind a thousand others, is found when it has come among them.
    static let rowsTimed = 1_000

    private let mapping: TableMapping
    private let rows: RowWalk

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        rows = try RowWalk(
            """
            SELECT n.\(mapping.rowid), n.\(mapping.acceptedAt) FROM \(mapping.table) AS n
            WHERE \(queries.pendingCondition) AND n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) <> ''
                AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid) LIMIT ?3
            """, mapping, walksTable: queries.plan == .tableWalk, on: connection)
    }

    func outline(countingUpTo most: Int) throws -> PendingOutline {
        var outline = PendingOutline(count: 0)
        try rows.each(atMost: max(most, Self.rowsTimed)) { row in
            if outline.count < Self.rowsTimed, let time = mapping.time.time(row.value(1)) {
                outline.oldestAcceptedAt = min(outline.oldestAcceptedAt ?? time, time)
            }
            outline.count += 1
            return .more
        }
        outline.count = min(outline.count, most)
        return outline
    }
}

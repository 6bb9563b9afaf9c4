internal import Engine
internal import Reconciliation

/// Who settled the newest rows: the application's own changes are in no audit, so the rows are looked at themselves.
struct OriginReader {
    static let rowsLookedAt = 20_000

    let mapping: TableMapping
    let connection: Connection

    /// Of the newest rows, those accepted since then and with a key.
    func origins(since start: Timestamp) throws -> Origins {
        var origins = Origins()
        var hours: [Int64: Origins.Hour] = [:]
        let rows = try RowWalk(
            """
            SELECT n.\(mapping.rowid), n.\(mapping.acceptedAt), \(mapping.statusNumber), (
                SELECT a.source FROM reconciler_audit AS a
                WHERE a.message_key = CAST(n.\(mapping.key) AS TEXT) COLLATE BINARY
                    AND a.to_status IN ('sent', 'dead_letter') ORDER BY a.id DESC LIMIT 1)
            FROM \(mapping.table) AS n WHERE n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) != ''
                AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid) DESC LIMIT ?3
            """, mapping, walksTable: false, backwards: true, on: connection)
        try rows.each(atMost: Self.rowsLookedAt) { row in
            origins.rows += 1
            guard let time = mapping.time.time(row.value(1)), time >= start else { return .more }
            var hour = hours[time.hour] ?? Origins.Hour(hour: time.hour)
            hour.count(TableMapping.status(row.integer(2)), source: row.text(3))
            hours[time.hour] = hour
            return .more
        }
        origins.isCutShort = origins.rows == Self.rowsLookedAt
        origins.hours = hours.values.sorted { $0.hour > $1.hour }
        return origins
    }
}

extension Origins.Hour {
    fileprivate mutating func count(_ status: RowStatus, source: String?) {
        switch (status, source.flatMap(Settlement.Source.init(rawValue:))) {
        case (.pending, _): pending += 1
        case (.other, _): break
        case (_, nil): elsewhere += 1
        case (_, .inquiry): asked += 1
        case (_, .polling): polled += 1
        }
    }
}

internal import Reconciliation

/// Tells what was found by asking from what the application has settled by itself, which a webhook must have told it.
///
/// What we found is in the audit. What the application found is in its table: a row that is settled and of which the
/// audit knows nothing, in the time of its `updated_at`. Where that is not mapped, or empty, the time of acceptance
/// stands for it: a webhook comes within seconds, as a rule.
struct SettledReader {
    let mapping: TableMapping
    let connection: Connection

    /// The newest rows of the table, and of the audit, looked at in one go: fifteen minutes at the 200 messages a second
    /// that the provider accepts (.github/PROVIDER.md, "Limits").
    static let rowsLookedAt = 200_000
    /// So many rows in a row that were accepted before: there are no others behind them.
    static let oldRowsInARow = 1_000

    /// - Returns: nothing where the rows looked at cover too short a time.
    func count(since: Timestamp, until now: Timestamp) throws -> SettledShare {
        SettledShare(
            byAsking: try timesOfAsking(since, now), elsewhere: try timesElsewhere(since, now), since: since, until: now
        )
    }

    /// Messages given up are not among them: nobody has found out anything.
    private func timesOfAsking(_ since: Timestamp, _ now: Timestamp) throws -> SettledShare.Times {
        var times: [Timestamp] = []
        var looked = 0
        var oldest: Timestamp?
        var isWhole = true
        let audit = try RowWalk(
            """
            SELECT id, at, source = 'inquiry' AND from_status = 'pending' AND (to_status = 'sent' OR reason = 'reported')
            FROM reconciler_audit WHERE id >= ?1 AND id <= ?2 ORDER BY id DESC LIMIT ?3
            """, mapping, walksTable: false, backwards: true, on: connection)
        try audit.each(atMost: Self.rowsLookedAt) { row in
            looked += 1
            guard let at = row.time(1), at >= since else {
                isWhole = false
                return .stop
            }
            oldest = at
            if row.flag(2), at <= now { times.append(at) }
            return .more
        }
        return SettledShare.Times(times, covered: isWhole && looked == Self.rowsLookedAt ? oldest : nil)
    }

    private func timesElsewhere(_ since: Timestamp, _ now: Timestamp) throws -> SettledShare.Times {
        var times: [Timestamp] = []
        var looked = 0
        var oldInARow = 0
        var oldest: Timestamp?
        var isWhole = true
        let rows = try RowWalk(
            """
            SELECT n.\(mapping.rowid), \(mapping.startColumns), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL"),
                \(mapping.statusNumber) IN (1, 2) AND NOT EXISTS (
                    SELECT 1 FROM reconciler_audit AS a WHERE a.message_key = CAST(n.\(mapping.key) AS TEXT))
            FROM \(mapping.table) AS n WHERE n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid) DESC LIMIT ?3
            """, mapping, walksTable: false, backwards: true, on: connection)
        try rows.each(atMost: Self.rowsLookedAt) { row in
            looked += 1
            let acceptedAt = mapping.time.time(row.value(1))
            let settledAt = mapping.time.time(row.value(3)) ?? mapping.start(row, at: 1)
            if row.flag(4), let settledAt, settledAt >= since, settledAt <= now { times.append(settledAt) }
            oldInARow = acceptedAt.map { $0 < since } ?? true ? oldInARow + 1 : 0
            oldest = acceptedAt ?? oldest
            isWhole = oldInARow < Self.oldRowsInARow
            return isWhole ? .more : .stop
        }
        return SettledShare.Times(times, covered: isWhole && looked == Self.rowsLookedAt ? oldest : nil)
    }
}

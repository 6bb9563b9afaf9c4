package import Engine
package import Reconciliation

/// Counts the application's table for metrics. Every query is bounded, so that it keeps neither the cycle nor, where
/// the journal is not a write-ahead log, the application waiting.
struct TableCounter {
    /// Rows counted in a part, and in a statement: between two of them others may write.
    static let rowsCounted = 50_000
    static let rowsAtOnce = 5_000
    /// Pending rows whose times are read in a statement.
    static let pendingLookedAt = 500

    let mapping: TableMapping
    let database: any Database

    func standing() throws -> QuickCounts {
        let pending = try countPending()
        return QuickCounts(
            pending: pending, oldestAcceptedAt: pending == nil ? nil : try oldestPending(past: nil, upTo: nil),
            databaseBytes: try database.size())
    }

    func part(past row: RowLocator?) throws -> TablePart {
        var part = try piece(past: row)
        for _ in 1..<Self.rowsCounted / Self.rowsAtOnce {
            guard let last = part.last else { break }
            part.append(try piece(past: last))
        }
        return part
    }

    private func piece(past row: RowLocator?) throws -> TablePart {
        var part = TablePart()
        part.last = try end(past: row, rows: Self.rowsAtOnce)
        try database.statement(
            "SELECT \(mapping.statusNumber), count(*) FROM \(mapping.table) AS n WHERE \(span(row, part.last)) GROUP BY 1"
        ).each(SQLValue(row), SQLValue(part.last)) {
            part.rows[TableMapping.status($0.integer(0)), default: 0] += $0.count(1)
            return .more
        }
        part.oldestAcceptedAt = try oldestPending(past: row, upTo: part.last)
        return part
    }

    /// The last of so many rows; nil where there are fewer.
    private func end(past row: RowLocator?, rows: Int) throws -> RowLocator? {
        try database.statement(
            """
            SELECT \(mapping.placeRead) FROM \(mapping.table) AS n WHERE \(span(row, nil))
            ORDER BY \(mapping.place) LIMIT 1 OFFSET ?3
            """
        ).first(SQLValue(row), .null, SQLValue(rows - 1)) { try mapping.locator($0) }
    }

    /// True for rows past `?1` and up to `?2`, where there are such limits.
    private func span(_ past: RowLocator?, _ last: RowLocator?) -> String {
        let low = past.map { _ in "\(mapping.place) > \(mapping.bound("?1"))" } ?? "TRUE"
        return low + (last.map { _ in " AND \(mapping.place) <= \(mapping.bound("?2"))" } ?? "")
    }

    /// Nil where it would take a walk through the table.
    private func countPending() throws -> Int? {
        let sql = "SELECT count(*) FROM \(mapping.table) AS n WHERE \(mapping.statusIs(.pending))"
        guard try database.accessPath(of: sql, by: mapping.status).isSearch else { return nil }
        let part = """
            SELECT max(place), count(*) FROM (
                SELECT \(mapping.place) AS place FROM \(mapping.table) AS n
                WHERE \(mapping.statusIs(.pending)) AND \(mapping.place) > ?1
                ORDER BY \(mapping.place) LIMIT \(Self.rowsCounted)
            ) AS part
            """
        // Where nobody waits for it, it is counted in one go; as is what would be sorted for every part.
        guard database.portion().time != nil, try !database.accessPath(of: part, by: mapping.status).sorts else {
            return try database.statement(sql).first { $0.count(0) } ?? 0
        }
        var count = 0
        var last: Int64? = .min
        while let row = last {
            let found = try database.statement(part).first(.integer(row)) { ($0.integer(0), $0.count(1)) } ?? (0, 0)
            count += found.1
            last = found.1 == Self.rowsCounted ? found.0 : nil
        }
        return count
    }

    private func oldestPending(past row: RowLocator?, upTo last: RowLocator?) throws -> Timestamp? {
        var oldest: Timestamp?
        try database.statement(
            """
            SELECT \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE \(mapping.statusIs(.pending)) AND \(span(row, last))
                AND n.\(mapping.key) <> '' ORDER BY \(mapping.place) LIMIT \(Self.pendingLookedAt)
            """
        ).each(SQLValue(row), SQLValue(last)) {
            if let time = mapping.start($0, at: 0) { oldest = min(oldest ?? time, time) }
            return .more
        }
        return oldest
    }
}

/// The whole table in numbers, for `status`.
package struct LedgerOverview: Hashable, Sendable {
    package var pending = 0
    package var sent = 0
    package var deadLetters = 0
    /// Pending rows without a message key: not accepted by the provider (yet), so never asked about.
    package var pendingWithoutKey = 0
    /// Pending rows with a key that cannot be one: never asked about.
    package var pendingWithUnreadableKey = 0
    /// Pending rows with a key whose time of acceptance cannot be read: asked about, never given up.
    package var pendingWithoutTime = 0
    /// Rows whose status is no configured word, where none has one (`UnreadableRows`).
    package var withUnmappedStatus = 0
    /// When the oldest pending message with a key was accepted.
    package var oldestPendingAcceptedAt: Timestamp?
    /// Its age; nil when there is none, never negative.
    package var oldestPendingAge: Duration?
    /// Dead letters that the reconciler made.
    package var deadLettersByReason: [DeadLetterReason: Int] = [:]
    /// Reports that came by themselves whose messages are not in the table, or not yet.
    package var unmatchedReports = 0
    /// Rows that the table refuses to have changed; nil when there is none.
    package var refusals: RejectedRows?
    package var lastCycle: CycleRecord?
    package var lastSuccessAt: Timestamp?
    package var providerHealth: ProviderHealth?
    /// How far verification has come; nil where nothing was ever verified.
    package var verification: VerificationSchedule.Progress?
    /// What it has found and still keeps.
    package var differences: [Difference.Kind: Int] = [:]
    /// Whether an instance works on the database now.
    package var isWorkedOn = false
    /// Who works on it and who stands by, at a server; nil for a file.
    package var instances: [InstanceView]?
    /// Oldest first.
    package var firing: [Alert] = []
    /// Nil where the reconciler has never been.
    package var schemaVersion: Int?

    package var unreadable: UnreadableRows {
        UnreadableRows(times: pendingWithoutTime, keys: pendingWithUnreadableKey, statuses: withUnmappedStatus)
    }

    /// Dead letters that somebody else made.
    package var otherDeadLetters: Int { max(0, deadLetters - deadLettersByReason.values.reduce(0, +)) }
}

/// Pending rows by their age.
struct PendingReader {
    /// Rows looked at in one go.
    static let rowsLookedAt = 1_000_000

    let mapping: TableMapping
    let rows: RowWalk

    func ages(at now: Timestamp) throws -> PendingAges {
        var ages = PendingAges()
        // Rows accepted in the same second are many: the text is read as a time once.
        var starts = RepeatedStarts(mapping: mapping, column: 2)
        let isWhole = try rows.each(atMost: Self.rowsLookedAt) { row in
            if row.key(1) == nil {
                ages.withoutKey += 1
            } else if let time = starts.next(row) {
                ages.add(age: max(now - time, .zero))
            } else {
                ages.withoutTime += 1
            }
            return .more
        }
        ages.isCutShort = !isWhole
        return ages
    }
}

/// Who settled the newest rows: the application's own changes are in no audit, so the rows are looked at themselves.
struct OriginReader {
    static let rowsLookedAt = 20_000

    let mapping: TableMapping
    let database: any Database

    /// Of the newest rows, those accepted since then and with a key.
    func origins(since start: Timestamp) throws -> Origins {
        var origins = Origins()
        var hours: [Int64: Origins.Hour] = [:]
        let rows = RowWalk(
            .init(
                """
                n.\(mapping.acceptedAt), \(mapping.statusNumber), (
                    SELECT a.source FROM reconciler_audit AS a
                    WHERE a.message_key = \(mapping.exactKey)
                        AND a.to_status IN ('sent', 'dead_letter') ORDER BY a.id DESC LIMIT 1)
                """, of: mapping, where: "n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) <> ''"), backwards: true,
            on: database)
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
        case (_, .webhook): taken += 1
        }
    }
}

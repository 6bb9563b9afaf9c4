internal import Engine
internal import Reconciliation

/// Reports that came unasked and could not be applied yet, one row for a message and channel. All rows of a message
/// are due at the same time.
final class ReportTable {
    private let insert: any PreparedStatement
    private let remove: any PreparedStatement
    private let byKey: any PreparedStatement
    private let due: any PreparedStatement
    private let old: any PreparedStatement
    private let prune: any PreparedStatement
    private let unmatched: any PreparedStatement
    private let hasten: any PreparedStatement

    static let byKeyQuery = """
        SELECT service_type, code, text, reported_at, received_at, is_matched, tries, try_at
        FROM reconciler_report WHERE message_key = ?1 ORDER BY service_type
        """

    static func dueQuery(_ dialect: any Dialect) -> String {
        """
        SELECT message_key FROM reconciler_report
        WHERE try_at <= ?1 AND \(dialect.isPast(("try_at", "message_key"), ("?3", "?4")))
        ORDER BY try_at, message_key LIMIT ?2
        """
    }

    static let pruneQuery = """
        DELETE FROM reconciler_report WHERE (message_key, service_type) IN (SELECT message_key, service_type FROM
            (SELECT message_key, service_type FROM reconciler_report WHERE received_at < ?1
            ORDER BY received_at LIMIT \(Housekeeping.rowsAtOnce)) AS old)
        """

    init(on database: any Database) throws {
        insert = try database.prepare(
            """
            INSERT INTO reconciler_report (message_key, service_type, code, text, reported_at, received_at, is_matched,
                tries, try_at, noted_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
        remove = try database.prepare("DELETE FROM reconciler_report WHERE message_key = ?1")
        byKey = try database.prepare(Self.byKeyQuery)
        due = try database.prepare(Self.dueQuery(database.dialect))
        old = try database.prepare("SELECT 1 FROM reconciler_report WHERE received_at < ?1 LIMIT 1")
        prune = try database.prepare(Self.pruneQuery)
        unmatched = try database.prepare("SELECT count(*) FROM reconciler_report WHERE is_matched = 0")
        hasten = try database.prepare("UPDATE reconciler_report SET try_at = ?2 WHERE message_key = ?1 AND try_at > ?2")
    }

    /// In place of all that was kept for the message before.
    func keep(_ reports: ParkedReports?, for key: MessageKey, at now: Timestamp) throws {
        try remove.run(SQLValue(key))
        guard let reports else { return }
        for entry in reports.entries {
            try insert.run(
                SQLValue(key), .text(entry.serviceType ?? ""), SQLValue(entry.code?.text), SQLValue(entry.text),
                SQLValue(entry.reportedAt), SQLValue(reports.receivedAt), SQLValue(reports.isMatched),
                SQLValue(reports.tries), SQLValue(reports.tryAt), SQLValue(now))
        }
    }

    /// Lets what is kept for the message be looked at again by then.
    func hasten(_ key: MessageKey, to time: Timestamp) throws {
        try hasten.run(SQLValue(key), SQLValue(time))
    }

    /// Nil when nothing is kept for the message.
    func kept(_ key: MessageKey) throws -> ParkedReports? {
        var entries: [ReportEntry] = []
        var last: (receivedAt: Timestamp, isMatched: Bool, tries: Int, tryAt: Timestamp)?
        try byKey.each(SQLValue(key)) { row in
            entries.append(
                ReportEntry(
                    key: key, serviceType: row.text(0).flatMap { $0.isEmpty ? nil : $0 },
                    code: row.text(1).flatMap(ReportCode.init), text: row.text(2), reportedAt: row.time(3)))
            last = (
                Timestamp(kept: row.integer(4)), row.flag(5), row.count(6),
                Timestamp(kept: row.integer(7))
            )
            return .more
        }
        return last.flatMap {
            ParkedReports(
                entries, isMatched: $0.isMatched, receivedAt: $0.receivedAt, tries: $0.tries, tryAt: $0.tryAt)
        }
    }

    /// Messages whose time has come, each once.
    /// - Parameter limit: of rows.
    func due(past position: ReportPosition?, at now: Timestamp, limit: Int) throws -> [MessageKey] {
        var keys: [MessageKey] = []
        try due.each(
            SQLValue(now), SQLValue(limit), .integer(position?.tryAt.milliseconds ?? .min),
            .text(position?.key.text ?? "")
        ) { row in
            let key = MessageKey(row.text(0) ?? "")
            if keys.last != key { keys.append(key) }
            return .more
        }
        return keys
    }

    /// How many are about messages that have no row. Reads all, so it is for people, not for cycles.
    func unmatchedCount() throws -> Int {
        try unmatched.first { $0.count(0) } ?? 0
    }

    /// - Returns: whether there is one.
    func holdsAny(receivedBefore limit: Timestamp) throws -> Bool {
        try old.first(SQLValue(limit)) { _ in true } ?? false
    }

    /// Removes `Housekeeping.rowsAtOnce` at most.
    func prune(receivedBefore limit: Timestamp) throws {
        try prune.run(SQLValue(limit))
    }
}

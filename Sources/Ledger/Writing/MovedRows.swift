internal import Reconciliation

/// Finds rows again that are not where they were last seen, in a table whose keys have no index: a `VACUUM` renumbers one
/// without an `INTEGER PRIMARY KEY`. The table has to be walked for that: once for all of them, and not often.
final class MovedRows {
    private static let pause = Duration.seconds(3600)

    private let connection: Connection
    private let moved: RowWalk
    private let note: Statement
    private var followedAt: Timestamp?

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.connection = connection
        moved = try RowWalk(
            """
            SELECT n.\(mapping.rowid), m.message_key FROM \(mapping.table) AS n CROSS JOIN reconciler_message AS m
            WHERE n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
                AND m.message_key = CAST(n.\(mapping.key) AS TEXT) COLLATE BINARY AND m.row_id <> n.\(mapping.rowid)
                AND \(mapping.isOurs)
                AND NOT EXISTS (SELECT 1 FROM \(mapping.table) AS o
                    WHERE o.\(mapping.rowid) = m.row_id AND CAST(o.\(mapping.key) AS TEXT) = m.message_key COLLATE BINARY)
            ORDER BY n.\(mapping.rowid) LIMIT ?3
            """, mapping, walksTable: true, on: connection)
        note = try Statement(connection, "UPDATE reconciler_message SET row_id = ?2 WHERE message_key = ?1")
    }

    /// - Returns: whether every message's row is where it is said to be, or is not there. False: it is too soon for
    ///   another walk, and nothing can be said of a row that is missing.
    func follow(at now: Timestamp) throws -> Bool {
        if let followedAt, followedAt <= now, now < followedAt + Self.pause { return followedAt == now }
        var found: [(key: SQLValue, row: Int64)] = []
        try moved.each { row in
            found.append((row.value(1), row.integer(0)))
            return .more
        }
        while !found.isEmpty {
            try connection.write {
                for (key, row) in found.suffix(Housekeeping.rowsAtOnce) { try note.run(key, .integer(row)) }
            }
            found.removeLast(min(found.count, Housekeeping.rowsAtOnce))
        }
        followedAt = now
        return true
    }
}

internal import Reconciliation

/// Finds rows again that are not where they were last seen, in a table whose keys have no index: a `VACUUM` renumbers one
/// without an `INTEGER PRIMARY KEY`. The table has to be walked for that: once for all of them, and not often.
final class MovedRows {
    private static let pause = Duration.seconds(3600)

    private let follow: Statement
    private var followedAt: Timestamp?

    init(_ mapping: TableMapping, on connection: Connection) throws {
        follow = try Statement(
            connection,
            """
            UPDATE reconciler_message AS m SET row_id = moved.id FROM
                (SELECT n.\(mapping.rowid) AS id, CAST(n.\(mapping.key) AS TEXT) AS key FROM \(mapping.table) AS n
                WHERE \(mapping.isOurs)) AS moved
            WHERE m.message_key = moved.key COLLATE BINARY AND NOT EXISTS
                (SELECT 1 FROM \(mapping.table) AS n WHERE n.\(mapping.rowid) = m.row_id AND \(mapping.keyIs("m.message_key")))
            """)
    }

    /// - Returns: whether every message's row is where it is said to be, or is not there. False: it is too soon for
    ///   another walk, and nothing can be said of a row that is missing.
    func follow(at now: Timestamp) throws -> Bool {
        if let followedAt, followedAt <= now, now < followedAt + Self.pause { return followedAt == now }
        try follow.run()
        followedAt = now
        return true
    }
}

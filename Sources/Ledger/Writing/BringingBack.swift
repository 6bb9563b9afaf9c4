internal import Reconciliation

/// Brings times of one of the reconciler's tables back that were reckoned from a clock that was ahead, some rows in one
/// go, in the order of their messages' keys; it begins anew when it has come to the end.
final class BringingBack {
    static let rowsAtOnce = 1_000

    private let piece: Statement
    private let bringBack: Statement
    private var position = ""

    /// - Parameter column: of times yet to come, in a table with `message_key` and `noted_at`.
    init(_ column: String, of table: String, on connection: Connection) throws {
        piece = try Statement(
            connection,
            """
            SELECT max(message_key), count(*) FROM
                (SELECT message_key FROM \(table) WHERE message_key > ?1 ORDER BY message_key LIMIT \(Self.rowsAtOnce))
            """)
        bringBack = try Statement(
            connection,
            """
            UPDATE \(table) SET \(column) = min(\(column), ?3), noted_at = ?3
            WHERE message_key > ?1 AND message_key <= ?2 AND noted_at > ?4
            """)
    }

    /// Leaves alone what was noted before a mere step of time synchronisation.
    func step(to now: Timestamp) throws {
        let piece = try piece.first(.text(position)) { (last: $0.text(0), isWhole: $0.count(1) == Self.rowsAtOnce) }
        guard let piece, let last = piece.last else { return position = "" }
        try bringBack.run(.text(position), .text(last), SQLValue(now), SQLValue(now + ClockWatch.smallestJump))
        position = piece.isWhole ? last : ""
    }
}

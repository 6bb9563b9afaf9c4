internal import Reconciliation

/// Brings times of one of the reconciler's tables back that were reckoned from a clock that was ahead, some rows in one
/// go, in the order of their messages' keys; it begins anew when it has come to the end.
final class BringingBack {
    static let rowsAtOnce = 250

    private let connection: Connection
    private let piece: Statement
    private let bringBack: Statement
    private var position = ""

    /// - Parameter column: of times yet to come, in a table with `message_key` and `noted_at`.
    init(_ column: String, of table: String, on connection: Connection) throws {
        self.connection = connection
        piece = try Statement(
            connection,
            """
            SELECT max(message_key), count(*), total(noted_at > ?2) FROM
                (SELECT message_key, noted_at FROM \(table) WHERE message_key > ?1
                ORDER BY message_key LIMIT \(Self.rowsAtOnce))
            """)
        bringBack = try Statement(
            connection,
            """
            UPDATE \(table) SET \(column) = min(\(column), ?3), noted_at = ?3
            WHERE message_key > ?1 AND message_key <= ?2 AND noted_at > ?4
            """)
    }

    /// Leaves alone what was noted before a mere step of time synchronisation.
    /// - Returns: whether there is more.
    func step(to now: Timestamp) throws -> Bool {
        let limit = SQLValue(now + ClockWatch.smallestJump)
        let piece = try piece.first(.text(position), limit) {
            (last: $0.text(0), isWhole: $0.count(1) == Self.rowsAtOnce, isAhead: $0.count(2) > 0)
        }
        guard let piece, let last = piece.last else {
            position = ""
            return false
        }
        if piece.isAhead {
            _ = try connection.write { try bringBack.run(.text(position), .text(last), SQLValue(now), limit) }
        }
        position = piece.isWhole ? last : ""
        return piece.isWhole
    }
}

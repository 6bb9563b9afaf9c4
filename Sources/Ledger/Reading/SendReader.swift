internal import Reconciliation

/// The messages of one send, by what their keys begin with.
struct SendReader {
    let mapping: TableMapping
    let connection: Connection

    /// Pending ones that are due.
    func dueCount(_ send: RequestID, at now: Timestamp, _ policy: Policy, _ sentAgain: SentAgain) throws -> Int {
        var keys: Set<MessageKey> = []
        try connection.statement(Self.query(mapping)).each(.text(send.text), .text(send.text + "\u{7f}")) { row in
            // Not one in whose row the application has sent again, before that was noted.
            if let state = MessageState(row, mapping), RequestID(of: state.key) == send,
                state.turn(policy).isDue(at: now), try !sentAgain.isMessage(state)
            {
                keys.insert(state.key)
            }
            return .more
        }
        return keys.count
    }

    /// The range is that of the column's own order, which may hold more (see `TableMapping.whereKeyIs`): what follows
    /// the send's id is printable ASCII (`RequestID`). SQLite is kept on the index on the key.
    static func query(_ mapping: TableMapping) -> String {
        """
        SELECT \(MessageState.columns(mapping, status: "0"))
        FROM \(mapping.table) AS n
        LEFT JOIN reconciler_message AS t ON t.message_key = \(mapping.exactKey)
        WHERE n.\(mapping.key) > ?1 AND n.\(mapping.key) < ?2 AND \(mapping.statusOfFoundIs(.pending))
        """
    }
}

internal import Reconciliation

/// A pending row as the walks over them read it, with what is known of its message.
struct PendingRow {
    /// In the order in which it is read. `t` is the message's tracking, where there is one.
    static func columns(_ mapping: TableMapping) -> String {
        "n.\(mapping.rowid), n.\(mapping.key), n.\(mapping.acceptedAt), t.message_key IS NOT NULL, t.next_ask_at, t.reason"
    }

    let locator: RowLocator
    let key: MessageKey
    let acceptedAt: Timestamp?
    let turn: Turn

    /// Nil without a key: such a message was not accepted yet, or cannot be asked about (`hasUnreadableKey`).
    init?(_ row: Statement, _ mapping: TableMapping, after: Duration) {
        guard let key = row.key(1) else { return nil }
        locator = RowLocator(rowid: row.integer(0))
        self.key = key
        acceptedAt = mapping.time.time(row.value(2))
        let tracking = row.flag(3) ? Tracking(reason: row.text(5).flatMap(DeadLetterReason.init(rawValue:))) : nil
        turn = Turn(.pending, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: row.time(4), after: after)
    }

    static func hasUnreadableKey(_ row: Statement) -> Bool { row.holdsNoKey(1) }

    /// Whether it was asked about before and not given up since: such a row is found by its time to be asked again.
    static func waits(_ row: Statement) -> Bool { !row.isNull(4) && row.isNull(5) }
}

internal import Reconciliation

/// A pending row as the walks over them read it, with what is known of its message.
struct PendingRow {
    /// In the order in which it is read. `t` is the message's tracking, where there is one.
    static func columns(_ mapping: TableMapping) -> String {
        """
        n.\(mapping.rowid), n.\(mapping.key), t.message_key IS NOT NULL, t.next_ask_at, t.reason, t.first_seen_at,
            \(mapping.startColumns)
        """
    }

    let locator: RowLocator
    let key: MessageKey
    /// From when its age counts (`DueMessage.acceptedAt`).
    let acceptedAt: Timestamp?
    let isTracked: Bool
    let firstSeenAt: Timestamp?
    let turn: Turn

    /// Nil without a key: such a message was not accepted yet, or cannot be asked about (`hasUnreadableKey`).
    init?(_ row: Statement, _ mapping: TableMapping, _ policy: Policy) {
        guard let key = row.key(1) else { return nil }
        locator = RowLocator(rowid: row.integer(0))
        self.key = key
        isTracked = row.flag(2)
        firstSeenAt = row.time(5)
        let tracking = Tracking(
            reason: row.text(4).flatMap(DeadLetterReason.init(rawValue:)), firstSeenAt: firstSeenAt)
        acceptedAt = tracking.start(mapping.start(row, at: 6))
        turn = Turn(
            .pending, acceptedAt: acceptedAt, tracking: isTracked ? tracking : nil, nextAskAt: row.time(3),
            after: policy.after, window: policy.window)
    }

    static func hasUnreadableKey(_ row: Statement) -> Bool { row.holdsNoKey(1) }

    /// Whether it was asked about before and not given up since: such a row is found by its time to be asked again.
    static func waits(_ row: Statement) -> Bool { !row.isNull(3) && row.isNull(4) }

    /// Whether its times are a mistake: nothing was accepted in the future, and nothing is reserved for later than a
    /// year.
    static func isFarAhead(_ row: Statement, _ mapping: TableMapping, of now: Timestamp) -> Bool {
        guard let acceptedAt = mapping.time.time(row.value(6)), let start = mapping.start(row, at: 6) else {
            return false
        }
        return acceptedAt.isFarAhead(of: now) || start.isFarAhead(of: now + .seconds(366 * 86_400))
    }
}

extension PendingRow {
    /// Whether it is due. Not one in whose row the application has sent again, before that was noted.
    func isDue(_ sentAgain: SentAgain, at now: Timestamp) throws -> Bool {
        try turn.isDue(at: now) && !isSentAgain(sentAgain)
    }

    func isSentAgain(_ sentAgain: SentAgain) throws -> Bool {
        try !isTracked && sentAgain.isMessage(key, in: locator, from: acceptedAt)
    }
}

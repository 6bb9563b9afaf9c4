internal import Reconciliation

/// What is remembered of messages between asks.
final class TrackingTable {
    private let upsert: Statement
    private let remove: Statement
    private let removeWithoutReason: Statement
    private let endWatch: Statement
    private let reason: Statement

    init(on connection: Connection) throws {
        upsert = try Statement(
            connection,
            """
            INSERT INTO reconciler_message (message_key, row_id, next_ask_at, answers, answered_in_window, last_code,
                failures, reason, code, settled_at, refusal, noted_at, first_seen_at, told_refusals)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (message_key) DO UPDATE SET row_id = ?2, next_ask_at = ?3, answers = ?4,
                answered_in_window = ?5, last_code = ?6, failures = ?7, reason = ?8,
                code = CASE WHEN ?8 IS NULL THEN NULL WHEN ?10 IS NULL THEN code ELSE ?9 END,
                settled_at = CASE WHEN ?8 IS NULL THEN NULL ELSE coalesce(?10, settled_at) END, refusal = ?11,
                noted_at = ?12, first_seen_at = coalesce(?13, first_seen_at),
                told_refusals = ?14
            """)
        remove = try Statement(connection, "DELETE FROM reconciler_message WHERE message_key = ?1")
        removeWithoutReason = try Statement(
            connection,
            """
            DELETE FROM reconciler_message WHERE message_key = ?1 AND reason IS NULL AND (refusal IS NULL
                OR NOT EXISTS (SELECT 1 FROM reconciler_report WHERE message_key = ?1))
            """)
        endWatch = try Statement(
            connection,
            """
            UPDATE reconciler_message SET next_ask_at = NULL
            WHERE message_key = ?1 AND next_ask_at IS NOT NULL AND max(?2, coalesce(first_seen_at, ?2)) < ?3
            """)
        reason = try Statement(connection, "SELECT reason FROM reconciler_message WHERE message_key = ?1")
    }

    /// - Parameters:
    ///   - code: the code of a dead letter that is being made.
    ///   - settledAt: when it is made; nil leaves code and time of one that was made before.
    func save(
        _ key: MessageKey, _ row: RowLocator, nextAskAt: Timestamp?, _ tracking: Tracking, reason: DeadLetterReason?,
        code: ReportCode? = nil, settledAt: Timestamp? = nil, at now: Timestamp
    ) throws {
        let told = tracking.toldRefusals.map(\.text).sorted().joined(separator: " ")
        try upsert.run(
            SQLValue(key), .integer(row.rowid), SQLValue(nextAskAt), SQLValue(tracking.answers),
            SQLValue(tracking.wasAnswered), SQLValue(tracking.lastCode?.text), SQLValue(tracking.failures),
            SQLValue(reason?.rawValue), SQLValue(code?.text), SQLValue(settledAt), SQLValue(tracking.refusal),
            SQLValue(now), SQLValue(tracking.firstSeenAt), SQLValue(told.isEmpty ? nil : told))
    }

    func remove(_ key: MessageKey) throws {
        try remove.run(SQLValue(key))
    }

    /// Forgets a message that somebody else has settled. Why we made it a dead letter is kept while it is one; and that
    /// the table refused a report about it, while that report is kept.
    func forget(_ key: MessageKey, whoseRowIs status: RowStatus?) throws {
        switch status {
        case .pending: return
        case .deadLetter: try removeWithoutReason.run(SQLValue(key))
        case .sent, .other, nil: try remove.run(SQLValue(key))
        }
    }

    /// A dead letter whose age counts from before `limit` is not asked about any more.
    /// - Parameter start: from when its age counts, as far as its row tells.
    func endWatch(_ key: MessageKey, start: Timestamp, before limit: Timestamp) throws {
        try endWatch.run(SQLValue(key), SQLValue(start), SQLValue(limit))
    }

    /// Why the reconciler made the message a dead letter, if it did.
    func reason(_ key: MessageKey) throws -> DeadLetterReason? {
        try reason.first(SQLValue(key)) { $0.text(0).flatMap(DeadLetterReason.init(rawValue:)) } ?? nil
    }
}

internal import Reconciliation

/// What is remembered of messages between asks.
final class TrackingTable {
    private let upsert: Statement
    private let remove: Statement
    private let endWatch: Statement

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
        endWatch = try Statement(
            connection, "UPDATE reconciler_message SET next_ask_at = NULL WHERE message_key = ?1")
    }

    /// Does what a resolution says of a message's memory.
    func keep(_ memory: Resolution.Memory, of key: MessageKey, at now: Timestamp) throws {
        switch memory {
        case .asItWas: break
        case .note(let note): try save(note, of: key, at: now)
        case .endWatch: try endWatch.run(SQLValue(key))
        case .forget: try remove.run(SQLValue(key))
        }
    }

    func save(_ note: Resolution.Note, of key: MessageKey, at now: Timestamp) throws {
        let tracking = note.tracking
        let told = tracking.toldRefusals.map(\.text).sorted().joined(separator: " ")
        try upsert.run(
            SQLValue(key), .integer(note.row.rowid), SQLValue(note.nextAskAt), SQLValue(tracking.answers),
            SQLValue(tracking.wasAnswered), SQLValue(tracking.lastCode?.text), SQLValue(tracking.failures),
            SQLValue(tracking.reason?.rawValue), SQLValue(note.code?.text), SQLValue(note.settledAt),
            SQLValue(tracking.refusal), SQLValue(now), SQLValue(tracking.firstSeenAt),
            SQLValue(told.isEmpty ? nil : told))
    }
}

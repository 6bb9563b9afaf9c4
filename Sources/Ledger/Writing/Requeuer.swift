internal import Reconciliation

/// Makes dead letters pending again, inside a transaction of its caller's.
struct Requeuer {
    let store: OpenDatabase
    let now: Timestamp

    func requeue(_ keys: some Sequence<MessageKey>) throws -> RequeueResult {
        var result = RequeueResult()
        var seen: Set<MessageKey> = []
        for key in keys where seen.insert(key).inserted {
            guard let row = try store.rows.find(key) else {
                result.notFound.append(key)
                continue
            }
            if try requeue(key, row.locator) {
                result.requeued.append(key)
            } else {
                result.notDeadLetters.append(key)
            }
        }
        return result
    }

    /// - Returns: what became of the next messages past that key, and the last of them; nil at the end.
    func requeue(
        reason: DeadLetterReason, code: ReportCode?, past last: MessageKey?, atMost limit: Int
    ) throws -> (RequeueResult, MessageKey?) {
        let batch = try store.connection.statement(
            """
            SELECT message_key, row_id FROM reconciler_message
            WHERE reason = ?1 AND message_key > ?2 AND (?3 IS NULL OR code = ?3)
            ORDER BY message_key LIMIT ?4
            """
        ).all(.text(reason.rawValue), .text(last?.text ?? ""), SQLValue(code?.text), SQLValue(limit)) {
            (key: MessageKey($0.text(0) ?? ""), row: RowLocator(rowid: $0.integer(1)))
        }
        var result = RequeueResult()
        for (key, lastSeen) in batch {
            guard let row = try store.rows.locate(key, lastSeenAt: lastSeen) else {
                result.notFound.append(key)
                continue
            }
            // A row that is no dead letter any more has been settled by others: not what was asked for, and no error.
            if try requeue(key, row.locator) { result.requeued.append(key) }
        }
        return (result, batch.last?.key)
    }

    /// - Returns: whether the row was a dead letter.
    private func requeue(_ key: MessageKey, _ row: RowLocator) throws -> Bool {
        let isDone = try store.rows.change(
            key, at: row, from: .deadLetter, to: .pending, code: nil, message: nil, now: now)
        guard isDone else { return false }
        let reason = try store.tracking.reason(key)
        try store.tracking.save(key, row, nextAskAt: now, Tracking(), reason: nil, at: now)
        let entry = AuditEntry(at: now, from: .deadLetter, to: .pending, reason: reason, source: .requeue)
        try store.audit.add(entry, key, row)
        return true
    }
}

internal import Reconciliation

/// Every change of a row, in the order in which they were made.
final class AuditTable {
    private let insert: Statement

    init(on connection: Connection) throws {
        insert = try Statement(
            connection,
            """
            INSERT INTO reconciler_audit (at, message_key, row_id, from_status, to_status, reason, code, source, detail)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
    }

    func add(_ entry: AuditEntry, _ key: MessageKey, _ row: RowLocator) throws {
        try insert.run(
            SQLValue(entry.at), SQLValue(key), .integer(row.rowid), .text(entry.from.rawValue),
            .text(entry.to.rawValue), SQLValue(entry.reason?.rawValue), SQLValue(entry.code?.text),
            .text(entry.source.rawValue), SQLValue(entry.detail))
    }

    /// A settlement that took effect. Nothing the provider worded: that stays in the row.
    func add(_ settlement: Settlement, at now: Timestamp) throws {
        var detail = "answers=\(settlement.tracking.answers) failures=\(settlement.tracking.failures)"
        if let reportedAt = settlement.reportedAt {
            detail += " reported_at=\(reportedAt.iso8601(withMilliseconds: true))"
        }
        if settlement.isLate { detail += " late" }
        let entry = AuditEntry(
            at: now, from: settlement.from, to: settlement.to, reason: settlement.reason, code: settlement.code,
            source: AuditEntry.Source(settlement.source), detail: detail)
        try add(entry, settlement.key, settlement.row)
    }
}

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
}

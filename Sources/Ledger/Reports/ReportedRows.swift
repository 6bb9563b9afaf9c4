internal import Reconciliation

/// Finds messages by their keys, through the index on it, whatever their age and status.
final class ReportedRows {
    private let mapping: TableMapping
    private let byKey: Statement

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.mapping = mapping
        byKey = try Statement(connection, Self.query(mapping))
    }

    static func query(_ mapping: TableMapping) -> String {
        """
        SELECT n.\(mapping.rowid), \(mapping.statusNumber), n.\(mapping.acceptedAt), \(Tracking.columns)
        FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON t.message_key = ?1
        \(mapping.whereKeyIs("?1"))
        """
    }

    func find(_ key: MessageKey) throws -> DueMessage? {
        try byKey.first(SQLValue(key)) { row in
            let status = TableMapping.status(row.integer(1))
            return DueMessage(
                key: key, row: RowLocator(rowid: row.integer(0)), status: status,
                acceptedAt: mapping.time.time(row.value(2)),
                tracking: row.isNull(3) ? Tracking() : Tracking(row, from: 3).holding(for: status))
        }
    }
}

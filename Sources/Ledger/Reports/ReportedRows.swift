internal import Reconciliation

/// Finds messages by their keys, through the index on it, whatever their age and status.
final class ReportedRows {
    private let rows: RowTable
    private let byKey: Statement

    init(_ mapping: TableMapping, rows: RowTable, on connection: Connection) throws {
        self.rows = rows
        byKey = try Statement(connection, Self.query(mapping))
    }

    static func query(_ mapping: TableMapping) -> String {
        """
        SELECT \(RowTable.columns(mapping)), \(Tracking.columns)
        FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON t.message_key = ?1
        \(mapping.whereKeyIs("?1"))
        """
    }

    func find(_ key: MessageKey) throws -> DueMessage? {
        try byKey.first(SQLValue(key)) { row in
            let present = self.rows.row(row, from: 0)
            let tracking = row.isNull(5) ? Tracking() : Tracking(row, from: 5)
            return DueMessage(
                key: key, row: present.locator, status: present.status, acceptedAt: tracking.start(present.start),
                tracking: tracking.holding(for: present.status))
        }
    }
}

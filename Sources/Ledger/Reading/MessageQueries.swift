internal import Reconciliation

/// Rows for people.
struct MessageQueries {
    let mapping: TableMapping
    let connection: Connection

    /// Newest rows first.
    func list(status: RowStatus?, limit: Int) throws -> [StoredMessage] {
        let condition = status.map(mapping.statusIs) ?? mapping.isOurs
        return try connection.statement(
            """
            SELECT \(columns) FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON \(join)
            WHERE \(condition) ORDER BY n.\(mapping.rowid) DESC LIMIT ?1
            """
        ).all(SQLValue(limit), read: message)
    }

    /// Dead letters that the reconciler made for that reason, highest keys first.
    func list(reason: DeadLetterReason, limit: Int) throws -> [StoredMessage] {
        try connection.statement(
            """
            SELECT \(columns) FROM reconciler_message AS t CROSS JOIN \(mapping.table) AS n
            WHERE t.reason = ?1 AND n.\(mapping.rowid) = t.row_id AND \(mapping.keyIs("t.message_key"))
                AND \(mapping.statusOfFoundIs(.deadLetter))
            ORDER BY t.message_key DESC LIMIT ?2
            """
        ).all(.text(reason.rawValue), SQLValue(limit), read: message)
    }

    func message(_ key: MessageKey) throws -> StoredMessage? {
        try connection.statement(
            """
            SELECT \(columns) FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON \(join)
            \(mapping.whereKeyIs("?1"))
            """
        ).first(SQLValue(key), read: message)
    }

    func tracking(_ key: MessageKey) throws -> Tracking? {
        try connection.statement(
            "SELECT \(Tracking.columns) FROM reconciler_message AS t WHERE t.message_key = ?1"
        ).first(SQLValue(key)) { Tracking($0, from: 0) }
    }

    func timeline(_ key: MessageKey) throws -> [AuditEntry] {
        try connection.statement(
            """
            SELECT at, from_status, to_status, reason, code, source, detail FROM reconciler_audit
            WHERE message_key = ?1 ORDER BY id
            """
        ).all(SQLValue(key)) {
            AuditEntry(
                at: Timestamp(milliseconds: $0.integer(0)), from: status($0.text(1)), to: status($0.text(2)),
                reason: $0.text(3).flatMap(DeadLetterReason.init(rawValue:)),
                code: $0.text(4).flatMap(ReportCode.init),
                source: $0.text(5).flatMap(AuditEntry.Source.init(rawValue:)) ?? .inquiry, detail: $0.text(6))
        }
    }

    private func status(_ word: String?) -> RowStatus { word.flatMap(RowStatus.init(rawValue:)) ?? .other }

    private var join: String { "t.message_key = CAST(n.\(mapping.key) AS TEXT) COLLATE BINARY" }

    private var columns: String {
        func optional(_ column: String?) -> String { column.map { "n.\($0)" } ?? "NULL" }
        return """
            n.\(mapping.rowid), \(optional(mapping.id)), n.\(mapping.key), \(mapping.statusNumber), n.\(mapping.status),
                \(optional(mapping.serviceType)), \(optional(mapping.reportCode?.name)),
                \(optional(mapping.errorMessage?.name)), \(mapping.startColumns),
                \(optional(mapping.updatedAt)), t.reason, t.next_ask_at, t.first_seen_at, \(mapping.isOurs)
            """
    }

    private func message(_ row: Statement) -> StoredMessage {
        let status = TableMapping.status(row.integer(3))
        let start = mapping.start(row, at: 8)
        let isReserved = !mapping.isNoTime(row.value(9))
        return StoredMessage(
            row: RowLocator(rowid: row.integer(0)), id: row.text(1),
            key: row.text(2).flatMap { $0.isEmpty ? nil : MessageKey($0) }, status: status,
            statusText: row.text(4) ?? "", serviceType: row.text(5), reportCode: row.text(6),
            errorMessage: row.text(7), acceptedAt: mapping.time.time(row.value(8)),
            updatedAt: mapping.time.time(row.value(10)), acceptedText: row.text(8),
            scheduledAt: isReserved ? mapping.time.time(row.value(9)) : nil,
            scheduledText: isReserved ? row.text(9) : nil, start: start, firstSeenAt: row.time(13),
            updatedText: row.text(10),
            reason: status == .deadLetter ? row.text(11).flatMap(DeadLetterReason.init(rawValue:)) : nil,
            nextAskAt: row.time(12), isOurs: row.flag(14))
    }
}

internal import Engine
internal import Reconciliation

/// Tries rows again that the table refused, when it may take them by now. Each piece is a transaction of its own.
struct RefusedRows {
    static let rowsAtOnce = 500

    let mapping: TableMapping
    let connection: Connection

    /// - Parameter all: also where the application's table is defined as it was at the last call.
    func retry(all: Bool, at now: Timestamp) throws {
        let definition = try definition()
        let isChanged = try MetaTable(connection: connection).definition() != definition
        guard all || isChanged else { return }
        var position: String? = ""
        while let last = position {
            position = try connection.read { try end(past: last) }
            if let position { try connection.write { try makeDue(past: last, to: position, at: now) } }
        }
        guard isChanged else { return }
        // Last: what is cut off is done again.
        try connection.write { try MetaTable(connection: connection).save(definition: definition) }
    }

    /// The table, its triggers and its indexes, as their SQL.
    private func definition() throws -> String {
        let text = try connection.statement(
            """
            SELECT group_concat(sql, ';') FROM (SELECT sql FROM main.sqlite_schema
            WHERE tbl_name = ?1 AND sql IS NOT NULL AND name NOT GLOB 'reconciler_*' ORDER BY name)
            """
        ).first(.text(mapping.tableName)) { $0.text(0) ?? "" }
        return text ?? ""
    }

    /// The last key of the next piece; nil when there is none.
    private func end(past last: String) throws -> String? {
        try connection.statement(
            """
            SELECT max(message_key) FROM (SELECT message_key FROM reconciler_message
            WHERE refusal IS NOT NULL AND message_key > ?1 ORDER BY message_key LIMIT \(Self.rowsAtOnce))
            """
        ).first(.text(last)) { $0.text(0) } ?? nil
    }

    private func makeDue(past first: String, to last: String, at now: Timestamp) throws {
        let keys = [SQLValue.text(first), .text(last), SQLValue(now)]
        try connection.statement(
            """
            UPDATE reconciler_report SET try_at = ?3, noted_at = ?3 WHERE try_at > ?3 AND message_key IN
                (SELECT message_key FROM reconciler_message
                WHERE refusal IS NOT NULL AND message_key > ?1 AND message_key <= ?2)
            """
        ).run(keys)
        try connection.statement(
            """
            UPDATE reconciler_message SET next_ask_at = ?3, noted_at = ?3
            WHERE refusal IS NOT NULL AND message_key > ?1 AND message_key <= ?2 AND next_ask_at > ?3
            """
        ).run(keys)
    }
}

/// Rows that the application's table refused to have changed.
struct RefusalReader {
    /// Rows that housekeeping looks at in one go.
    static let rowsLookedAt = 1_000

    let connection: Connection

    /// Nil when there is none.
    func refusals() throws -> RejectedRows? {
        let examples = try connection.statement(
            """
            SELECT message_key, refusal FROM reconciler_message WHERE refusal IS NOT NULL
            ORDER BY message_key LIMIT \(RejectedRows.mostExamples)
            """
        ).all { (key: MessageKey($0.text(0) ?? ""), reason: $0.text(1) ?? "") }
        guard let first = examples.first else { return nil }
        let count = try connection.statement("SELECT count(*) FROM reconciler_message WHERE refusal IS NOT NULL")
            .first { $0.count(0) }
        return RejectedRows(count: count ?? examples.count, examples: examples.map(\.key), reason: first.reason)
    }

    func keys() throws -> [MessageKey] {
        try connection.statement(
            """
            SELECT message_key FROM reconciler_message WHERE refusal IS NOT NULL
            ORDER BY message_key LIMIT \(Self.rowsLookedAt)
            """
        ).all { MessageKey($0.text(0) ?? "") }
    }
}

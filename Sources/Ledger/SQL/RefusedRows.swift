internal import Engine
internal import Reconciliation

/// Tries rows again that the table refused, when it may take them by now. Each piece is a transaction of its own.
struct RefusedRows {
    static let rowsAtOnce = 500

    /// As it is configured (`store.table`).
    let table: String
    let database: any Database

    /// - Parameter all: also where the application's table is defined as it was at the last call.
    func retry(all: Bool, at now: Timestamp) throws {
        let definition = try database.description(of: table).definition
        let isChanged = try MetaTable(database: database).definition() != definition
        guard all || isChanged else { return }
        var position: String? = ""
        while let last = position {
            position = try database.read { try end(past: last) }
            if let position { try database.write { try makeDue(past: last, to: position, at: now) } }
        }
        guard isChanged else { return }
        // Last: what is cut off is done again.
        try database.write { try MetaTable(database: database).save(definition: definition) }
    }

    /// The last key of the next piece; nil when there is none.
    private func end(past last: String) throws -> String? {
        try database.statement(
            """
            SELECT max(message_key) FROM (SELECT message_key FROM reconciler_message
            WHERE refusal IS NOT NULL AND message_key > ?1 ORDER BY message_key LIMIT \(Self.rowsAtOnce)) AS piece
            """
        ).first(.text(last)) { $0.text(0) } ?? nil
    }

    private func makeDue(past first: String, to last: String, at now: Timestamp) throws {
        let keys = [SQLValue.text(first), .text(last), SQLValue(now)]
        try database.statement(
            """
            UPDATE reconciler_report SET try_at = ?3, noted_at = ?3 WHERE try_at > ?3 AND message_key IN
                (SELECT message_key FROM reconciler_message
                WHERE refusal IS NOT NULL AND message_key > ?1 AND message_key <= ?2)
            """
        ).run(keys)
        try database.statement(
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

    let database: any Database

    /// Nil when there is none.
    func refusals() throws -> RejectedRows? {
        let examples = try database.statement(
            """
            SELECT message_key, refusal FROM reconciler_message WHERE refusal IS NOT NULL
            ORDER BY message_key LIMIT \(RejectedRows.mostExamples)
            """
        ).all { (key: MessageKey($0.text(0) ?? ""), reason: $0.text(1) ?? "") }
        guard let first = examples.first else { return nil }
        let count = try database.statement("SELECT count(*) FROM reconciler_message WHERE refusal IS NOT NULL")
            .first { $0.count(0) }
        return RejectedRows(count: count ?? examples.count, examples: examples.map(\.key), reason: first.reason)
    }

    func keys() throws -> [MessageKey] {
        try database.statement(
            """
            SELECT message_key FROM reconciler_message WHERE refusal IS NOT NULL
            ORDER BY message_key LIMIT \(Self.rowsLookedAt)
            """
        ).all { MessageKey($0.text(0) ?? "") }
    }
}

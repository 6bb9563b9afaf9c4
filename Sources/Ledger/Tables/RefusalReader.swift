internal import Engine
internal import Reconciliation

/// Rows that the application's table refused to have changed.
struct RefusalReader {
    /// Rows that housekeeping looks at in one go.
    static let rowsLookedAt = 1_000

    let connection: Connection

    /// Nil when there is none.
    func refusals() throws -> Refusals? {
        let examples = try connection.statement(
            """
            SELECT message_key, refusal FROM reconciler_message WHERE refusal IS NOT NULL
            ORDER BY message_key LIMIT \(Refusals.mostExamples)
            """
        ).all { (key: MessageKey($0.text(0) ?? ""), reason: $0.text(1) ?? "") }
        guard let first = examples.first else { return nil }
        let count = try connection.statement("SELECT count(*) FROM reconciler_message WHERE refusal IS NOT NULL")
            .first { $0.count(0) }
        return Refusals(count: count ?? examples.count, examples: examples.map(\.key), reason: first.reason)
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

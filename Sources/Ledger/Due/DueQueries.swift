internal import Reconciliation

/// The queries behind `due`, and what SQLite makes of them.
struct DueQueries {
    /// Messages asked before, in the order in which they are to be asked again. Parameters: past this time, past
    /// this key, not after, at most.
    let tracked: String
    /// Dead letters that are watched and to be asked about again. Parameters: not after, at most, past
    /// this time, past this key.
    let watched: String
    /// Pending rows in the order of the table, and in the opposite one. Parameters: from, to (both included), at
    /// most.
    let oldestFirst: String
    let newestFirst: String
    /// True for pending rows, without keeping SQLite from reading them in the order of the table.
    let pendingCondition: String
    let plan: DuePlan
    /// Whether a row can be found by its key without walking the table.
    let keyIsIndexed: Bool

    /// Visits the pending rows.
    func walk(_ mapping: TableMapping, backwards: Bool = false, on connection: Connection) throws -> RowWalk {
        try RowWalk(
            backwards ? newestFirst : oldestFirst, mapping, walksTable: plan == .tableWalk, backwards: backwards,
            on: connection)
    }

    init(_ mapping: TableMapping, on connection: Connection) throws {
        tracked = """
            SELECT t.next_ask_at, t.message_key, t.row_id, \(MessageState.columns(mapping))
            FROM reconciler_message AS t
            LEFT JOIN \(mapping.table) AS n ON n.\(mapping.rowid) = t.row_id AND \(mapping.keyIs("t.message_key"))
            WHERE (t.next_ask_at, t.message_key) > (?1, ?2) AND t.next_ask_at <= ?3
            ORDER BY t.next_ask_at, t.message_key LIMIT ?4
            """
        let reasons = DeadLetterReason.allCases.filter(\.isWatched).map { quoted(text: $0.rawValue) }
        watched = """
            SELECT t.next_ask_at, t.message_key, \(MessageState.columns(mapping))
            FROM reconciler_message AS t
            JOIN \(mapping.table) AS n ON n.\(mapping.rowid) = t.row_id AND \(mapping.keyIs("t.message_key"))
            WHERE t.next_ask_at <= ?1 AND (t.next_ask_at, t.message_key) > (?3, ?4) AND t.reason IN (\(reasons.joined(separator: ", ")))
                AND \(mapping.statusOfFoundIs(.deadLetter))
            ORDER BY t.next_ask_at, t.message_key LIMIT ?2
            """
        // An index that does not keep the order of the table (one on status and time, say) would be read to its end
        // and sorted for every page.
        let asIs = PendingQueries(mapping, condition: mapping.statusIs(.pending))
        let chosen =
            try asIs.plans(on: connection).contains(where: \.sorts)
            ? PendingQueries(mapping, condition: mapping.statusOfFoundIs(.pending)) : asIs
        oldestFirst = chosen.oldestFirst
        newestFirst = chosen.newestFirst
        pendingCondition = chosen.condition
        plan = try QueryPlan(oldestFirst, on: connection).due
        let byKey = "SELECT 1 FROM \(mapping.table) AS n WHERE n.\(mapping.key) = ?1"
        keyIsIndexed = try QueryPlan(byKey, on: connection).lines.allSatisfy { $0.hasPrefix("SEARCH") }
    }
}

private struct PendingQueries {
    let condition: String
    let oldestFirst: String
    let newestFirst: String

    init(_ mapping: TableMapping, condition: String) {
        self.condition = condition
        let query = """
            SELECT \(MessageState.columns(mapping, status: "0"))
            FROM \(mapping.table) AS n
            LEFT JOIN reconciler_message AS t ON t.message_key = \(mapping.exactKey)
            WHERE \(condition) AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid)
            """
        oldestFirst = query + " LIMIT ?3"
        newestFirst = query + " DESC LIMIT ?3"
    }

    func plans(on connection: Connection) throws -> [QueryPlan] {
        [try QueryPlan(oldestFirst, on: connection), try QueryPlan(newestFirst, on: connection)]
    }
}

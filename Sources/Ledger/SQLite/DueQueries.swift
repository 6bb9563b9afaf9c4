package import Engine
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

/// What `EXPLAIN QUERY PLAN` says.
struct QueryPlan {
    let lines: [String]

    init(_ sql: String, on connection: Connection) throws {
        lines = try Statement(connection, "EXPLAIN QUERY PLAN " + sql).all { $0.text(3) ?? "" }
    }

    var sorts: Bool { lines.contains { $0.hasPrefix("USE TEMP B-TREE") } }

    /// `SEARCH n USING INDEX reconciler_pending (status=? AND rowid>? AND rowid<?)`; the table itself is
    /// `USING INTEGER PRIMARY KEY`.
    var due: DuePlan {
        let marks = ["SEARCH n USING INDEX ", "SCAN n USING INDEX "]
        for line in lines {
            guard let mark = marks.first(where: line.hasPrefix) else { continue }
            let rest = line.dropFirst(mark.count)
            return .indexSearch(String(rest.prefix { $0 != "(" }).trimmingTrailingSpace)
        }
        return .tableWalk
    }
}

extension String {
    fileprivate var trimmingTrailingSpace: String { hasSuffix(" ") ? String(dropLast()) : self }
}

/// How pending rows are found.
package enum DuePlan: Hashable, Sendable {
    /// By an index: the time depends on how many are pending.
    case indexSearch(String)
    /// By walking the table: the time grows with it. `store.create_index: true` mends that.
    case tableWalk
}

/// The index that `store.create_index` allows on the application's table: only our pending rows, so that it
/// stays small.
struct PendingIndex {
    let mapping: TableMapping

    static let name = "reconciler_pending"

    private var definition: String {
        var condition = "\(mapping.status) = \(quoted(text: mapping.words.pending))"
        // Others' rows may be pending by the million, and for ever.
        if mapping.serviceTypes != nil { condition += " AND \(mapping.isOurs(of: ""))" }
        return "\(quoted(name: Self.name)) ON \(quoted(name: mapping.tableName)) (\(mapping.status)) WHERE \(condition)"
    }

    /// Whether it is there for the same table, columns and words.
    func exists(on connection: Connection) throws -> Bool {
        let known = try connection.statement(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1"
        ).first(.text(Self.name)) { $0.text(0) ?? "" }
        // SQLite keeps the definition's text from the name on, and puts these words before it.
        return known == "CREATE INDEX \(definition)"
    }

    /// Keeps everybody else from writing as long as it takes: the table is read as a whole.
    func create(on connection: Connection) throws {
        try connection.write {
            try connection.execute("DROP INDEX IF EXISTS main.\(quoted(name: Self.name))")
            try connection.execute("CREATE INDEX main.\(definition)")
        }
    }
}

extension SQLiteLedger {
    /// How many rows there are, at most, to be read for the index that `createIndex` allows; nil where none is to be made.
    package func rowsToIndex() throws(LedgerError) -> Int? {
        try perform { store in
            guard store.isWithoutIndex else { return nil }
            // No row takes less than 16 bytes.
            return try store.connection.statement(
                """
                SELECT min(total(numbers), pages * size / 16) FROM
                    (SELECT max(n.\(store.mapping.rowid)) - 0.0 - min(n.\(store.mapping.rowid)) + 1 AS numbers
                    FROM \(store.mapping.table) AS n),
                    (SELECT page_count AS pages FROM pragma_page_count), (SELECT page_size AS size FROM pragma_page_size)
                """
            ).first { $0.count(0) } ?? 0
        }
    }
}

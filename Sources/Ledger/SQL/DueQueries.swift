internal import Reconciliation

/// The queries behind `due`, and what the database makes of them.
struct DueQueries {
    /// Messages asked before, in the order in which they are to be asked again. Parameters: past this time, past
    /// this key, not after, at most.
    let tracked: String
    /// Dead letters that are watched and to be asked about again. Parameters: not after, at most, past
    /// this time, past this key.
    let watched: String
    /// Pending rows.
    let pending: RowWalk.Query
    /// True for pending rows, without keeping the database from reading them in the order of the table.
    let pendingCondition: String
    let plan: DuePlan
    /// Whether a row can be found by its key without walking the table.
    let keyIsIndexed: Bool
    private let mapping: TableMapping

    /// Visits the pending rows.
    func walk(backwards: Bool = false, on database: any Database) -> RowWalk {
        RowWalk(pending, walking: walked, backwards: backwards, on: database)
    }

    /// The same with other columns, behind the row's address.
    func walk(_ columns: String, and condition: String = "TRUE", on database: any Database) -> RowWalk {
        RowWalk(
            .init(columns, of: mapping, where: "\(pendingCondition) AND \(condition)"), walking: walked, on: database)
    }

    /// The table where it has to be walked through.
    private var walked: TableMapping? { plan == .tableWalk ? mapping : nil }

    init(_ mapping: TableMapping, on database: any Database) throws {
        self.mapping = mapping
        func past(_ time: String, _ key: String) -> String {
            database.dialect.isPast(("t.next_ask_at", "t.message_key"), (time, key))
        }
        tracked = """
            SELECT t.next_ask_at, t.message_key, t.row_id, \(MessageState.columns(mapping))
            FROM reconciler_message AS t
            LEFT JOIN \(mapping.table) AS n ON \(mapping.isAt("t.row_id")) AND \(mapping.keyIs("t.message_key"))
            WHERE \(past("?1", "?2")) AND t.next_ask_at <= ?3
            ORDER BY t.next_ask_at, t.message_key LIMIT ?4
            """
        let reasons = DeadLetterReason.allCases.filter(\.isWatched).map { quoted(text: $0.rawValue) }
        watched = """
            SELECT t.next_ask_at, t.message_key, \(MessageState.columns(mapping))
            FROM reconciler_message AS t
            JOIN \(mapping.table) AS n ON \(mapping.isAt("t.row_id")) AND \(mapping.keyIs("t.message_key"))
            WHERE t.next_ask_at <= ?1 AND \(past("?3", "?4")) AND t.reason IN (\(reasons.joined(separator: ", "))) AND \(mapping.statusOfFoundIs(.deadLetter))
            ORDER BY t.next_ask_at, t.message_key LIMIT ?2
            """
        // An index that does not keep the order of the table (one on status and time, say) would be read to its end
        // and sorted for every page.
        let asIs = mapping.statusIs(.pending)
        func query(_ condition: String) -> RowWalk.Query {
            RowWalk.Query(
                MessageState.columns(mapping, status: "0", behindPlace: true), of: mapping, where: condition,
                joining: "LEFT JOIN reconciler_message AS t ON t.message_key = \(mapping.exactKey)")
        }
        func path(_ query: RowWalk.Query, backwards: Bool = false) throws -> AccessPath {
            try database.accessPath(of: query.sql([">", "<"], backwards: backwards), by: mapping.status)
        }
        let sorts = try path(query(asIs)).sorts || path(query(asIs), backwards: true).sorts
        pendingCondition = sorts ? mapping.statusOfFoundIs(.pending) : asIs
        pending = query(pendingCondition)
        plan = try path(pending).due
        let byKey = "SELECT 1 FROM \(mapping.table) AS n WHERE n.\(mapping.key) = ?1"
        keyIsIndexed = try database.accessPath(of: byKey, by: mapping.key).isSearch
    }
}

/// How pending rows are found.
package enum DuePlan: Hashable, Sendable {
    /// By an index: the time depends on how many are pending.
    case indexSearch(String)
    /// By walking the table: the time grows with it. `store.create_index: true` mends that.
    case tableWalk
}

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

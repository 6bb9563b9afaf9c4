/// What `EXPLAIN QUERY PLAN` says.
struct QueryPlan {
    let lines: [String]

    init(_ sql: String, on connection: SQLiteConnection) throws {
        lines = try connection.prepare("EXPLAIN QUERY PLAN " + sql).all { $0.text(3) ?? "" }
    }

    var path: AccessPath {
        AccessPath(
            index: index, isSearch: lines.allSatisfy { $0.hasPrefix("SEARCH") },
            sorts: lines.contains { $0.hasPrefix("USE TEMP B-TREE") })
    }

    /// `SEARCH n USING INDEX reconciler_pending (status=? AND rowid>? AND rowid<?)`; the table itself is
    /// `USING INTEGER PRIMARY KEY`.
    private var index: String? {
        let marks = ["SEARCH n USING INDEX ", "SCAN n USING INDEX "]
        for line in lines {
            guard let mark = marks.first(where: line.hasPrefix) else { continue }
            return String(line.dropFirst(mark.count).prefix { $0 != "(" }).trimmingTrailingSpace
        }
        return nil
    }
}

extension String {
    fileprivate var trimmingTrailingSpace: String { hasSuffix(" ") ? String(dropLast()) : self }
}

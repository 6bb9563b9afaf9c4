internal import Reconciliation

/// Rows in the order of their addresses, between two of them.
struct RowRange: Hashable {
    /// Nil: from the first row on.
    var past: RowLocator?
    /// Nil: to the last row.
    var before: RowLocator?

    static let all = RowRange()

    /// Whether it is known that no row is in it.
    var isEmpty: Bool {
        switch (past?.address, before?.address) {
        case (.number(.max), _), (_, .number(.min)): true
        case (.number(let past)?, .number(let before)?): past >= before - 1
        default: false
        }
    }
}

/// Goes over rows of a table in the order of their addresses, or in the opposite one, in steps of a `Portion` each: between
/// two of them others may write. Without an index that finds the rows, a step is a part of the table, found or not.
final class RowWalk {
    /// Where a step has come to.
    struct Step {
        /// Up to here, it included, all rows were visited; nil where none was.
        var reached: RowLocator?
        /// Whether no row is left in the range.
        var isEnd = false
    }

    /// Which rows are visited.
    struct Query {
        /// Columns, tables and a condition; the row's address, as it is read, is the first column.
        var selection: String
        /// To compare and to sort by.
        var place: String
        /// An address that is bound, to be compared with it.
        var bound: (String) -> String
        var locator: (any Row) throws -> RowLocator

        /// Over rows of the application's table: their addresses, and then these columns.
        init(_ columns: String, of mapping: TableMapping, where condition: String = "TRUE", joining join: String = "") {
            selection = "SELECT \(mapping.placeRead), \(columns) FROM \(mapping.table) AS n \(join) WHERE \(condition)"
            place = mapping.place
            bound = mapping.bound
            locator = { try mapping.locator($0) }
        }

        /// Over one of the reconciler's own tables, by its number.
        init(_ columns: String, ofOwn table: String) {
            selection = "SELECT id, \(columns) FROM \(table) WHERE TRUE"
            place = "id"
            bound = { $0 }
            locator = { RowLocator($0.integer(0)) }
        }

        /// - Parameter bounds: comparisons with `?1` and `?2`, in the order in which they are bound. `?3` is how many rows at
        ///   most.
        func sql(_ bounds: [String], backwards: Bool) -> String {
            let conditions = bounds.enumerated().map { " AND \(place) \($1) \(bound("?\($0 + 1)"))" }.joined()
            return "\(selection)\(conditions) ORDER BY \(place)\(backwards ? " DESC" : "") LIMIT ?3"
        }
    }

    private let query: Query
    /// Nil where an index finds the rows.
    private let mapping: TableMapping?
    private let isBackwards: Bool
    private let database: any Database
    /// Rows of the table in a step; adapts to what a step takes.
    private var partSize = 4096
    private static let rowsBetweenLooks = 8
    /// A part of a table whose readers keep nobody waiting takes as long as this, or less.
    private static let longestPart = Duration.milliseconds(200)

    /// - Parameter mapping: of the table that is walked through, where no index finds what the query is about.
    init(_ query: Query, walking mapping: TableMapping? = nil, backwards: Bool = false, on database: any Database) {
        self.query = query
        self.mapping = mapping
        isBackwards = backwards
        self.database = database
    }

    /// Visits the next rows, until `visit` has had enough, or a portion is over.
    func step(in range: RowRange, atMost: Int, _ visit: (any Row) throws -> Flow) throws -> Step {
        let begunAt = Duration.uptime
        let portion = database.portion()
        let end = try endOfPart(of: range)
        let limit = min(atMost, portion.rows)
        let (bounds, values) = comparisons(range, upTo: end)
        var step = Step()
        var visited = 0
        let parameters = values + [SQLValue](repeating: .null, count: 2 - values.count) + [SQLValue(limit)]
        let ranOut = try database.statement(query.sql(bounds, backwards: isBackwards)).each(parameters) { row in
            visited += 1
            step.reached = try query.locator(row)
            if case .stop = try visit(row) { return .stop }
            // The clock is not looked at for every row.
            return visited % Self.rowsBetweenLooks == 0 && portion.isOver ? .stop : .more
        }
        if ranOut, visited < limit {
            step.reached = end ?? step.reached
            step.isEnd = end == nil
        }
        if mapping != nil { adapt(to: .uptime - begunAt, portion.time ?? Self.longestPart) }
        return step
    }

    /// The last row of the next part of the table; nil where the range has no more rows than that, or is not walked in parts.
    private func endOfPart(of range: RowRange) throws -> RowLocator? {
        guard let mapping else { return nil }
        let (bounds, values) = comparisons(range, upTo: nil)
        let part = Query("1", of: mapping).sql(bounds, backwards: isBackwards) + " OFFSET ?4"
        let parameters =
            values + [SQLValue](repeating: .null, count: 2 - values.count) + [SQLValue(1), SQLValue(partSize)]
        var end: RowLocator?
        try database.statement(part).each(parameters) { row in
            end = try mapping.locator(row)
            return .stop
        }
        return end
    }

    /// - Parameter end: is visited, too, in place of the range's own far end.
    private func comparisons(_ range: RowRange, upTo end: RowLocator?) -> ([String], [SQLValue]) {
        var low = range.past.map { (">", SQLValue($0)) }
        var high = range.before.map { ("<", SQLValue($0)) }
        if let end, isBackwards { low = (">=", SQLValue(end)) }
        if let end, !isBackwards { high = ("<=", SQLValue(end)) }
        let both = [low, high].compactMap(\.self)
        return (both.map(\.0), both.map(\.1))
    }

    /// Visits rows until `visit` has had enough, in as many steps as that takes.
    /// - Returns: false when it had enough, or no more rows may be visited.
    @discardableResult
    func each(in range: RowRange = .all, atMost: Int = .max, _ visit: (any Row) throws -> Flow) throws -> Bool {
        var rest: RowRange? = range.isEmpty ? nil : range
        var left = atMost
        while let range = rest, left > 0 {
            var isEnough = false
            let step = try step(in: range, atMost: left) { row in
                left -= 1
                let flow = try visit(row)
                if case .stop = flow { isEnough = true }
                return flow
            }
            if isEnough { return false }
            rest = step.isEnd ? nil : self.rest(of: range, past: step.reached)
        }
        return rest == nil
    }

    /// Nil where nothing is left.
    func rest(of range: RowRange, past row: RowLocator?) -> RowRange? {
        guard let row else { return range }
        let rest =
            isBackwards ? RowRange(past: range.past, before: row) : RowRange(past: row, before: range.before)
        return rest.isEmpty ? nil : rest
    }

    private func adapt(to took: Duration, _ length: Duration) {
        if took > length { partSize = max(partSize / 2, 64) }
        if took < length / 2 { partSize = min(partSize * 2, 65_536) }
    }
}

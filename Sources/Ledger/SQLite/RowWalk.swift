internal import Reconciliation

/// Goes over rows of the application's table in their order, or in the opposite one, in steps of a `TimeSlice` each: between
/// two of them others may write. Without an index that finds the rows, a step is a part of the table, found or not.
final class RowWalk {
    /// Where a step has come to.
    struct Step {
        /// Up to here, it included, all rows were visited.
        var reached: Int64
        /// Whether no row is left in the range.
        var isEnd = false
    }

    private let rows: Statement
    private let part: Statement?
    private let isBackwards: Bool
    /// Rows of the table in a step; adapts to what a step takes.
    private var partSize = 4096
    private static let rowsBetweenLooks = 8

    /// - Parameters:
    ///   - query: has the row's number in its first column. Parameters: from, to (both included), at most.
    ///   - walksTable: whether no index finds what the query is about.
    init(_ query: String, _ mapping: TableMapping, walksTable: Bool, backwards: Bool = false, on connection: Connection)
        throws
    {
        rows = try Statement(connection, query)
        isBackwards = backwards
        let row = "n.\(mapping.rowid)"
        part =
            walksTable
            ? try Statement(
                connection,
                """
                SELECT \(row) FROM \(mapping.table) AS n WHERE \(row) >= ?1 AND \(row) <= ?2
                ORDER BY \(row)\(backwards ? " DESC" : "") LIMIT 1 OFFSET ?3
                """) : nil
    }

    /// Over rows of the application's table: their numbers, and then these columns.
    convenience init(
        _ columns: String, of mapping: TableMapping, where condition: String = "TRUE", walksTable: Bool = false,
        backwards: Bool = false, on connection: Connection
    ) throws {
        try self.init(
            """
            SELECT n.\(mapping.rowid), \(columns) FROM \(mapping.table) AS n
            WHERE \(condition) AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid)\(backwards ? " DESC" : "") LIMIT ?3
            """, mapping, walksTable: walksTable, backwards: backwards, on: connection)
    }

    /// Visits the next rows, until `visit` has had enough, or time is over.
    func step(in range: ClosedRange<Int64>, atMost: Int, _ visit: (Statement) throws -> Statement.Flow) throws -> Step {
        let begunAt = Duration.uptime
        let slice = TimeSlice()
        let far = isBackwards ? range.lowerBound : range.upperBound
        let end =
            try part?.first(.integer(range.lowerBound), .integer(range.upperBound), SQLValue(partSize)) {
                $0.integer(0)
            } ?? far
        var step = Step(reached: end)
        var visited = 0
        let ranOut = try rows.each(
            .integer(isBackwards ? end : range.lowerBound), .integer(isBackwards ? range.upperBound : end),
            SQLValue(atMost)
        ) { row in
            visited += 1
            step.reached = row.integer(0)
            if case .stop = try visit(row) { return .stop }
            // The clock is not looked at for every row.
            return visited % Self.rowsBetweenLooks == 0 && slice.isOver ? .stop : .more
        }
        if ranOut, visited < atMost {
            step.reached = end
            step.isEnd = end == far
        }
        if part != nil { adapt(to: .uptime - begunAt) }
        return step
    }

    /// Visits rows until `visit` has had enough, in as many steps as that takes.
    /// - Returns: false when it had enough, or no more rows may be visited.
    @discardableResult
    func each(
        in range: ClosedRange<Int64> = .min ... .max, atMost: Int = .max, _ visit: (Statement) throws -> Statement.Flow
    ) throws -> Bool {
        var rest: ClosedRange<Int64>? = range
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
    func rest(of range: ClosedRange<Int64>, past row: Int64) -> ClosedRange<Int64>? {
        if isBackwards { return row > range.lowerBound ? range.lowerBound...(row - 1) : nil }
        return row < range.upperBound ? (row + 1)...range.upperBound : nil
    }

    private func adapt(to took: Duration) {
        if took > TimeSlice.length { partSize = max(partSize / 2, 64) }
        if took < TimeSlice.length / 2 { partSize = min(partSize * 2, 65_536) }
    }
}

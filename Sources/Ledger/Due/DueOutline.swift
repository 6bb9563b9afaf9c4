internal import Reconciliation

/// Looks over what is due without handing it out (`Ledger.survey`): from the oldest row on, and from the newest back.
final class DueOutline {
    /// Due messages counted from each end at most, and pending rows looked at for them, due or not.
    static let mostMessages = 25_000
    static let mostRows = 100_000

    private let mapping: TableMapping
    private let oldestFirst: Statement
    private let newestFirst: Statement
    private let lastRow: Statement

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        oldestFirst = try Statement(connection, queries.oldestFirst)
        newestFirst = try Statement(connection, queries.newestFirst)
        lastRow = try Statement(connection, "SELECT max(n.\(mapping.rowid)) FROM \(mapping.table) AS n")
    }

    func survey(at now: Timestamp, acceptedBefore: Timestamp) throws -> DueSurvey {
        var surveyor = Surveyor()
        func look(_ rows: Statement, from: Int64, isOfNewest: Bool) throws -> (last: Int64, isEnd: Bool) {
            var last = from
            var looked = 0
            var counted = 0
            let ranOut = try rows.each(.integer(from), .integer(.max), SQLValue(Self.mostRows)) { row in
                looked += 1
                last = row.integer(0)
                guard let message = self.due(row, at: now, acceptedBefore) else { return .more }
                counted += 1
                surveyor.add(
                    message.key, row: RowLocator(rowid: last), acceptedAt: message.acceptedAt, isOfNewest: isOfNewest)
                return counted < Self.mostMessages ? .more : .stop
            }
            return (last, ranOut && looked < Self.mostRows)
        }
        let old = try look(oldestFirst, from: .min, isOfNewest: false)
        // What one end has seen, the other need not look at again.
        let isWhole =
            try old.isEnd || old.last == .max || look(newestFirst, from: old.last + 1, isOfNewest: true).isEnd
        let last = try lastRow.first { $0.integer(0) } ?? 0
        return surveyor.survey(lastRow: RowLocator(rowid: last), isWhole: isWhole)
    }

    /// Nil for a row that is not due.
    private func due(
        _ row: Statement, at now: Timestamp, _ acceptedBefore: Timestamp
    ) -> (key: MessageKey, acceptedAt: Timestamp?)? {
        guard let key = row.text(1), !key.isEmpty else { return nil }
        let acceptedAt = mapping.time.time(row.value(4))
        let waits = row.flag(2)
        let isDue = waits ? row.integer(5) <= now.milliseconds : acceptedAt.map { $0 <= acceptedBefore } ?? true
        return isDue ? (MessageKey(key), acceptedAt) : nil
    }
}

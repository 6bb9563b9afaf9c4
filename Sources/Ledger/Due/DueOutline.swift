internal import Reconciliation

/// Looks over what is due without handing it out (`Ledger.survey`).
final class DueOutline {
    /// Due messages counted at most: a backlog larger than that is worth a sweep whatever else it holds.
    static let mostMessages = 50_000
    /// Pending rows looked at for it, due or not.
    static let mostRows = 200_000

    private let mapping: TableMapping
    private let oldestFirst: Statement
    private let lastRow: Statement

    init(_ mapping: TableMapping, _ queries: DueQueries, on connection: Connection) throws {
        self.mapping = mapping
        oldestFirst = try Statement(connection, queries.oldestFirst)
        lastRow = try Statement(connection, "SELECT max(n.\(mapping.rowid)) FROM \(mapping.table) AS n")
    }

    func survey(at now: Timestamp, acceptedBefore: Timestamp) throws -> DueSurvey {
        var surveyor = Surveyor()
        var counted = 0
        var looked = 0
        let ranOut = try oldestFirst.each(.integer(.min), .integer(.max), SQLValue(Self.mostRows)) { row in
            looked += 1
            guard let key = row.text(1), !key.isEmpty else { return .more }
            let acceptedAt = mapping.time.time(row.value(4))
            let isDue =
                row.flag(2) ? row.integer(5) <= now.milliseconds : acceptedAt.map { $0 <= acceptedBefore } ?? true
            guard isDue else { return .more }
            counted += 1
            surveyor.add(MessageKey(key), row: RowLocator(rowid: row.integer(0)), acceptedAt: acceptedAt)
            return counted < Self.mostMessages ? .more : .stop
        }
        let last = try lastRow.first { $0.integer(0) } ?? 0
        return surveyor.survey(lastRow: RowLocator(rowid: last), isWhole: ranOut && looked < Self.mostRows)
    }
}

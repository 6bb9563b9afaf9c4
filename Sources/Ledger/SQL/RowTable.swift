internal import CSQLite
internal import Engine
internal import Reconciliation

/// Changes the application's rows, one at a time.
final class RowTable {
    private let mapping: TableMapping
    private let connection: Connection
    private let change: Statement
    private let status: Statement
    /// The last time that was written: rows of one send have times of one form, and are changed together.
    private var lastTime: (times: RowTimes, now: Timestamp, value: SQLValue)?

    init(_ mapping: TableMapping, on connection: Connection) throws {
        self.mapping = mapping
        self.connection = connection
        var assignments = ["\(mapping.status) = ?1"]
        if let column = mapping.reportCode { assignments.append("\(column.name) = ?5") }
        if let column = mapping.errorMessage { assignments.append("\(column.name) = ?6") }
        if let column = mapping.updatedAt { assignments.append("\(column) = ?7") }
        // A row's address is the best way to it, whatever the statistics say of other indexes.
        change = try Statement(
            connection,
            """
            UPDATE \(mapping.table) AS n SET \(assignments.joined(separator: ", "))
            WHERE n.\(mapping.rowid) = ?2 AND \(mapping.keyIs("?3")) AND \(mapping.statusOfFoundIs(word: "?4"))
            """)
        status = try Statement(
            connection,
            "SELECT \(mapping.statusNumber), \(mapping.isOurs) FROM \(mapping.table) AS n WHERE n.\(mapping.rowid) = ?1"
                + " AND \(mapping.keyIs("?2"))")
    }

    /// The compare-and-set: changes the row only if it is still the message's and still has the status `from`.
    /// - Parameter times: of the row as it was read in this transaction.
    /// - Returns: whether it did.
    /// - Throws: also when a trigger keeps the row as it was, without an error of its own.
    func make(_ change: Resolution.Change, of key: MessageKey, _ times: RowTimes, at now: Timestamp) throws -> Bool {
        let row = SQLValue.integer(change.row.rowid)
        // Unused parameters at the end may not be bound: SQLite counts only up to the last that occurs.
        var values: [SQLValue] = [
            .text(mapping.word(change.to)), row, SQLValue(key), .text(mapping.word(change.from)),
            mapping.reportCode?.value(change.code?.text) ?? .null, mapping.errorMessage?.value(change.message) ?? .null,
            changeTime(like: times, now),
        ]
        values.removeLast(values.count - self.change.parameterCount)
        let changes = try runChange(values)
        let isChanged = changes.own == 1
        // Only a trigger could have taken it back.
        if isChanged, changes.all == 1 { return true }
        let after = try status.first(row, SQLValue(key)) { TableMapping.status($0.integer(0)) }
        // A dead letter that is told more precisely stays one.
        if after == change.from, change.from != change.to || !isChanged { throw LedgerError.rowIsKept }
        return isChanged
    }

    /// False also where it is gone.
    func isOurs(_ key: MessageKey, at row: RowLocator) throws -> Bool {
        try status.first(.integer(row.rowid), SQLValue(key)) { $0.flag(1) } ?? false
    }

    /// In the form of the row's own times.
    private func changeTime(like times: RowTimes, _ now: Timestamp) -> SQLValue {
        guard mapping.updatedAt != nil else { return .null }
        if let lastTime, lastTime.now == now, lastTime.times == times { return lastTime.value }
        let value = mapping.time.value(now, before: times.updatedAt, acceptedAt: times.acceptedAt)
        lastTime = (times, now, value)
        return value
    }

    /// - Throws: `rowRejected` for what is wrong with this row's values alone: a `CHECK`, a trigger or an index that
    ///   cannot do with them (no JSON, say). A statement that does not compile any more is wrong for every row.
    private func runChange(_ values: [SQLValue]) throws -> (own: Int, all: Int) {
        do throws(DatabaseError) {
            return try change.runCountingAll(values)
        } catch {
            guard [SQLITE_ERROR, SQLITE_TOOBIG].contains(error.primaryCode) else { throw error }
            _ = try Statement(connection, change.sql)
            throw LedgerError(
                .rowRejected,
                "\(error.message): the table cannot take the change: check its triggers, indexes and generated columns")
        }
    }
}

extension LedgerError {
    /// `RAISE(IGNORE)`, or an `UPDATE` of its own that takes the change back.
    fileprivate static let rowIsKept = LedgerError(
        .rowRejected, "a trigger of the table keeps the status as it was: check the table's triggers")
}

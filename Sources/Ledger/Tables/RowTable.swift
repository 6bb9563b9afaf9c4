internal import CSQLite
internal import Engine
internal import Reconciliation

/// The application's rows, one at a time.
final class RowTable {
    /// A row as it is now.
    struct Row {
        let locator: RowLocator
        /// `other` also for others' rows.
        let status: RowStatus
        let isOurs: Bool
        /// From when its age counts, as far as the row tells.
        let start: Timestamp?
    }

    /// In the order in which `row(_:from:)` reads them.
    static func columns(_ mapping: TableMapping) -> String {
        "n.\(mapping.rowid), \(mapping.statusNumber), \(mapping.isOurs), \(mapping.startColumns)"
    }

    private let mapping: TableMapping
    private let connection: Connection
    /// Whether a row can be found by its key without walking the table.
    let keyIsIndexed: Bool
    private let change: Statement
    /// What tells the form of the time that is written; nil where none is.
    private let timesBefore: Statement?
    private let byLocator: Statement
    private let byKey: Statement

    init(_ mapping: TableMapping, keyIsIndexed: Bool, on connection: Connection) throws {
        self.mapping = mapping
        self.connection = connection
        self.keyIsIndexed = keyIsIndexed
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
        timesBefore = try mapping.updatedAt.map { column in
            try Statement(
                connection,
                "SELECT n.\(column), n.\(mapping.acceptedAt) FROM \(mapping.table) AS n WHERE n.\(mapping.rowid) = ?1")
        }
        let columns = Self.columns(mapping)
        byLocator = try Statement(
            connection,
            "SELECT \(columns) FROM \(mapping.table) AS n WHERE n.\(mapping.rowid) = ?1 AND \(mapping.keyIs("?2"))")
        byKey = try Statement(
            connection, "SELECT \(columns) FROM \(mapping.table) AS n \(mapping.whereKeyIs("?1"))")
    }

    /// The compare-and-set: changes the row only if it is still the message's and still has the status `from`.
    /// - Returns: whether it did.
    /// - Throws: also when a trigger keeps the row as it was, without an error of its own.
    func change(
        _ key: MessageKey, at row: RowLocator, from: RowStatus, to: RowStatus, code: ReportCode?, message: String?,
        now: Timestamp
    ) throws -> Bool {
        // Unused parameters at the end may not be bound: SQLite counts only up to the last that occurs.
        var values: [SQLValue] = [
            .text(mapping.word(to)), .integer(row.rowid), SQLValue(key), .text(mapping.word(from)),
            mapping.reportCode?.value(code?.text) ?? .null, mapping.errorMessage?.value(message) ?? .null,
            try changeTime(of: row, now),
        ]
        values.removeLast(values.count - change.parameterCount)
        let changes = try runChange(values)
        let isChanged = changes.own == 1
        // Only a trigger could have taken it back.
        if isChanged, changes.all == 1 { return true }
        let after = try byLocator.first(.integer(row.rowid), SQLValue(key)) { TableMapping.status($0.integer(1)) }
        // A dead letter that is told more precisely stays one.
        if after == from, from != to || !isChanged { throw LedgerError.rowIsKept }
        return isChanged
    }

    /// In the form of the row's own times.
    private func changeTime(of row: RowLocator, _ now: Timestamp) throws -> SQLValue {
        try timesBefore?.first(.integer(row.rowid)) {
            mapping.time.value(now, before: $0.value(0), acceptedAt: $0.value(1))
        } ?? .null
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

    /// The message's row: where it was last seen or, if that row is another's by now (a `VACUUM` may renumber a
    /// table without an `INTEGER PRIMARY KEY`), where its key is found. A table is never walked for that.
    func locate(_ key: MessageKey, lastSeenAt row: RowLocator) throws -> Row? {
        if let found = try byLocator.first(.integer(row.rowid), SQLValue(key), read: row(_:)) { return found }
        return keyIsIndexed ? try find(key) : nil
    }

    /// The message's row by its key alone.
    func find(_ key: MessageKey) throws -> Row? {
        try byKey.first(SQLValue(key), read: row(_:))
    }

    private func row(_ statement: Statement) -> Row { row(statement, from: 0) }

    /// - Parameter column: where `columns` begin.
    func row(_ statement: Statement, from column: Int32) -> Row {
        Row(
            locator: RowLocator(rowid: statement.integer(column)),
            status: TableMapping.status(statement.integer(column + 1)), isOurs: statement.flag(column + 2),
            start: mapping.start(statement, at: column + 3))
    }
}

extension LedgerError {
    /// `RAISE(IGNORE)`, or an `UPDATE` of its own that takes the change back.
    fileprivate static let rowIsKept = LedgerError(
        .rowRejected, "a trigger of the table keeps the status as it was: check the table's triggers")
}

internal import Engine
internal import Reconciliation

/// Changes the application's rows, one at a time.
final class RowTable {
    private let mapping: TableMapping
    private let database: any Database
    private let changeText: String
    private let change: any PreparedStatement
    private let status: any PreparedStatement
    /// The last message that was written: failures of one kind have the same, as a rule.
    private var lastMessage: (text: String?, value: SQLValue)?
    /// The last time that was written: rows of one send have times of one form, and are changed together.
    private var lastTime: (times: RowTimes, now: Timestamp, value: SQLValue)?

    init(_ mapping: TableMapping, on database: any Database) throws {
        self.mapping = mapping
        self.database = database
        var assignments = ["\(mapping.status) = ?1"]
        if let column = mapping.reportCode { assignments.append("\(column.name) = ?5") }
        if let column = mapping.errorMessage { assignments.append("\(column.name) = ?6") }
        if let column = mapping.updatedAt { assignments.append("\(column) = ?7") }
        // A row's address is the best way to it, whatever the statistics say of other indexes.
        changeText = """
            UPDATE \(mapping.table) AS n SET \(assignments.joined(separator: ", "))
            WHERE \(mapping.isAt("?2")) AND \(mapping.keyIs("?3")) AND \(mapping.statusOfFoundIs(word: "?4"))
            """
        change = try database.prepare(changeText)
        status = try database.prepare(
            "SELECT \(mapping.statusNumber), \(mapping.isOurs) FROM \(mapping.table) AS n WHERE \(mapping.isAt("?1"))"
                + " AND \(mapping.keyIs("?2"))")
    }

    /// The compare-and-set: changes the row only if it is still the message's and still has the status `from`.
    /// - Parameter times: of the row as it was read in this transaction.
    /// - Returns: whether it did.
    /// - Throws: also when a trigger keeps the row as it was, without an error of its own.
    func make(_ change: Resolution.Change, of key: MessageKey, _ times: RowTimes, at now: Timestamp) throws -> Bool {
        let row = SQLValue(change.row)
        let changes = try runChange([
            .text(mapping.word(change.to)), row, SQLValue(key), .text(mapping.word(change.from)),
            mapping.reportCode?.value(change.code?.text) ?? .null, try errorMessage(change.message),
            changeTime(like: times, now),
        ])
        let isChanged = changes.rows == 1
        // Only a trigger could have taken it back.
        if isChanged, changes.isSure { return true }
        let after = try status.first(row, SQLValue(key)) { TableMapping.status($0.integer(0)) }
        // A dead letter that is told more precisely stays one.
        if after == change.from, change.from != change.to || !isChanged { throw LedgerError.rowIsKept }
        return isChanged
    }

    /// False also where it is gone.
    func isOurs(_ key: MessageKey, at row: RowLocator) throws -> Bool {
        try status.first(SQLValue(row), SQLValue(key)) { $0.flag(1) } ?? false
    }

    private func errorMessage(_ text: String?) throws -> SQLValue {
        if let lastMessage, lastMessage.text == text { return lastMessage.value }
        let value = try mapping.errorMessage(text, on: database)
        lastMessage = (text, value)
        return value
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
    ///   cannot do with them (no JSON, say).
    private func runChange(_ values: [SQLValue]) throws -> Change {
        do {
            return try change.change(values)
        } catch {
            throw try database.rejection(error, of: changeText)
        }
    }
}

extension LedgerError {
    /// `RAISE(IGNORE)`, or an `UPDATE` of its own that takes the change back.
    fileprivate static let rowIsKept = LedgerError(
        .rowRejected, "a trigger of the table keeps the status as it was: check the table's triggers")
}

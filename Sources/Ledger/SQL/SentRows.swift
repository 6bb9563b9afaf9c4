internal import Engine
internal import Reconciliation

/// The rows of one send, written before it was accepted, once it is known what became of them.
struct SentRows {
    private let store: OpenDatabase
    private let rows: NewRows
    private let send: OpenSend
    private let now: Timestamp

    /// A message that is accepted so much later than its row was written is as old as that.
    private static let notableDelay = Duration.seconds(60)

    init(_ store: OpenDatabase, _ configuration: LedgerConfiguration, _ send: OpenSend, at now: Timestamp) throws {
        self.store = store
        self.send = send
        self.now = now
        rows = try NewRows(
            store.mapping, configuration, serviceType: try store.sends.serviceType(of: send.key), withoutKey: true,
            on: store.database)
    }

    /// Changes nothing, in a transaction of its caller's.
    /// - Throws: where what becomes of the rows could not be noted in them: the account may not do that, say.
    static func check(_ store: OpenDatabase) throws {
        let columns = store.mapping.writtenColumns(for: .sent).map(quoted(name:))
        try store.database.statement(
            """
            UPDATE \(store.mapping.table) AS n SET \(columns.map { "\($0) = n.\($0)" }.joined(separator: ", ")) WHERE FALSE
            """
        ).run()
    }

    /// - Returns: where the message's row is: one that is gone, or has another key by now, is written anew.
    func note(_ outcome: RecipientOutcome, at row: RowLocator) throws -> RowLocator {
        switch outcome {
        case .accepted(let key, let isNew): return try accept(key, isNew: isNew, at: row)
        case .rejected(let why):
            try reject("[NOT ACCEPTED] \(why)", at: row)
            return row
        }
    }

    private func accept(_ key: MessageKey, isNew: Bool, at row: RowLocator) throws -> RowLocator {
        try store.reports.hasten(key, to: now)
        // The application has recorded it itself.
        if let known = try store.states.find(key) {
            try reject("[NOT ACCEPTED] its message has another row", at: row)
            return known.row
        }
        let mapping = store.mapping
        let times = try rows.times(now)
        var values: [SQLValue] = [SQLValue(row), SQLValue(key), times.updatedAt]
        var assignments = ["\(mapping.key) = ?2"]
        if let column = mapping.updatedAt { assignments.append("\(column) = ?3") }
        if isNew, now - send.createdAt > Self.notableDelay {
            assignments.append("\(mapping.acceptedAt) = ?4")
            values.append(times.acceptedAt)
        }
        let changed = try run(assignments, "n.\(mapping.key) IS NULL", values)
        return try changed == 1 ? row : rows.add([key], at: now)[0] ?? row
    }

    private func reject(_ message: String, at row: RowLocator) throws {
        let mapping = store.mapping
        var assignments = ["\(mapping.status) = ?2"]
        if let column = mapping.updatedAt { assignments.append("\(column) = ?3") }
        if let column = mapping.errorMessage { assignments.append("\(column.name) = ?4") }
        try run(
            assignments, "n.\(mapping.key) IS NULL AND \(mapping.statusOfFoundIs(.pending))",
            [
                SQLValue(row), .text(mapping.word(.deadLetter)), try rows.times(now).updatedAt,
                mapping.errorMessage(message, on: store.database),
            ])
    }

    @discardableResult
    private func run(_ assignments: [String], _ condition: String, _ values: [SQLValue]) throws -> Int {
        let statement = try store.database.statement(
            """
            UPDATE \(store.mapping.table) AS n SET \(assignments.joined(separator: ", "))
            WHERE \(store.mapping.isAt("?1")) AND \(condition)
            """)
        return try statement.run(values)
    }
}

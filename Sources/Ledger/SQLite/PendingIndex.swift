internal import Reconciliation

/// The index that `store.create_index` allows on the application's table: only our pending rows, so that it
/// stays small.
struct PendingIndex {
    let mapping: TableMapping

    private var definition: String {
        var condition = "\(mapping.status) = \(quoted(text: mapping.words.pending))"
        // Others' rows may be pending by the million, and for ever.
        if mapping.serviceTypes != nil { condition += " AND \(mapping.isOurs(of: ""))" }
        let table = quoted(name: mapping.description.name)
        return "\(quoted(name: pendingIndexName)) ON \(table) (\(mapping.status)) WHERE \(condition)"
    }

    /// Whether it is there for the same table, columns and words.
    func exists(on connection: SQLiteConnection) throws -> Bool {
        let known = try connection.statement(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1"
        ).first(.text(pendingIndexName)) { $0.text(0) ?? "" }
        // SQLite keeps the definition's text from the name on, and puts these words before it.
        return known == "CREATE INDEX \(definition)"
    }

    /// Keeps everybody else from writing as long as it takes: the table is read as a whole.
    func create(on connection: SQLiteConnection) throws {
        try connection.write {
            try connection.execute("DROP INDEX IF EXISTS main.\(quoted(name: pendingIndexName))")
            try connection.execute("CREATE INDEX main.\(definition)")
        }
    }

    /// How many rows there are, at most, to be read for it.
    func rowsToRead(on connection: SQLiteConnection) throws -> Int {
        // No row takes less than 16 bytes.
        try connection.statement(
            """
            SELECT min(total(numbers), pages * size / 16) FROM
                (SELECT max(\(mapping.place)) - 0.0 - min(\(mapping.place)) + 1 AS numbers FROM \(mapping.table) AS n),
                (SELECT page_count AS pages FROM pragma_page_count), (SELECT page_size AS size FROM pragma_page_size)
            """
        ).first { $0.count(0) } ?? 0
    }
}

package import Engine

/// The index that `store.create_index` allows on the application's table: only our pending rows, so that it
/// stays small.
struct PendingIndex {
    let mapping: TableMapping

    static let name = "reconciler_pending"

    private var definition: String {
        var condition = "\(mapping.status) = \(quoted(text: mapping.words.pending))"
        // Others' rows may be pending by the million, and for ever.
        if mapping.serviceTypes != nil { condition += " AND \(mapping.isOurs(of: ""))" }
        return "\(quoted(name: Self.name)) ON \(quoted(name: mapping.tableName)) (\(mapping.status)) WHERE \(condition)"
    }

    /// Whether it is there for the same table, columns and words.
    func exists(on connection: Connection) throws -> Bool {
        let known = try connection.statement(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1"
        ).first(.text(Self.name)) { $0.text(0) ?? "" }
        // SQLite keeps the definition's text from the name on, and puts these words before it.
        return known == "CREATE INDEX \(definition)"
    }

    /// Keeps everybody else from writing as long as it takes: the table is read as a whole.
    func create(on connection: Connection) throws {
        try connection.write {
            try connection.execute("DROP INDEX IF EXISTS main.\(quoted(name: Self.name))")
            try connection.execute("CREATE INDEX main.\(definition)")
        }
    }
}

extension SQLiteLedger {
    /// How many rows there are, at most, to be read for the index that `createIndex` allows; nil where none is to be made.
    package func rowsToIndex() throws(LedgerError) -> Int? {
        try perform { store in
            guard store.isWithoutIndex else { return nil }
            // No row takes less than 16 bytes.
            return try store.connection.statement(
                """
                SELECT min(total(numbers), pages * size / 16) FROM
                    (SELECT max(n.\(store.mapping.rowid)) - 0.0 - min(n.\(store.mapping.rowid)) + 1 AS numbers
                    FROM \(store.mapping.table) AS n),
                    (SELECT page_count AS pages FROM pragma_page_count), (SELECT page_size AS size FROM pragma_page_size)
                """
            ).first { $0.count(0) } ?? 0
        }
    }
}

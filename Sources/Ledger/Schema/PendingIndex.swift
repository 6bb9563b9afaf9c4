/// The index that `store.create_index` allows on the application's table: only our pending rows, so that it
/// stays small.
struct PendingIndex {
    let mapping: TableMapping

    static let name = "reconciler_pending"

    /// Makes it, unless it is there for the same table, columns and words.
    func create(on connection: Connection) throws {
        var condition = "\(mapping.status) = \(quoted(text: mapping.words.pending))"
        // Others' rows may be pending by the million, and for ever.
        if mapping.serviceTypes != nil { condition += " AND \(mapping.isOurs(of: ""))" }
        let definition =
            "\(quoted(name: Self.name)) ON \(quoted(name: mapping.tableName)) (\(mapping.status)) WHERE \(condition)"
        let known = try connection.statement(
            "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1"
        ).first(.text(Self.name)) { $0.text(0) ?? "" }
        // SQLite keeps the definition's text from the name on, and puts these words before it.
        guard known != "CREATE INDEX \(definition)" else { return }
        try connection.write {
            try connection.execute("DROP INDEX IF EXISTS main.\(quoted(name: Self.name))")
            try connection.execute("CREATE INDEX main.\(definition)")
        }
    }
}

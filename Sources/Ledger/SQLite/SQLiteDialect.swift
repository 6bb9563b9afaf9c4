/// SQLite's words.
struct SQLiteDialect: Dialect {
    func text(_ expression: String) -> String { "CAST(\(expression) AS TEXT)" }

    func exact(_ expression: String) -> String { "CAST(\(expression) AS TEXT) COLLATE BINARY" }

    /// A file's texts are in UTF-8 or UTF-16.
    func widening(_ column: TableDescription.Column, of table: TableDescription) -> String { "" }

    func reading(_ address: RowAddress, of column: String) -> String { column }

    func finding(_ address: RowAddress, _ expression: String) -> String { expression }

    func onConflict(_ key: [String]) -> String { "ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET" }

    func onConflictNothing(_ key: [String]) -> String { "ON CONFLICT DO NOTHING" }

    func creation(of table: TableDefinition, rowID: RowAddress.Kind) -> String {
        "CREATE TABLE main.\(definition(of: table))"
    }

    /// As it is written behind `CREATE TABLE`.
    private func definition(of table: TableDefinition) -> String {
        let columns = table.columns.map(definition(of:)).joined(separator: ", ")
        let key = table.key.joined(separator: ", ")
        return "\(table.name) (\(columns)\(key.isEmpty ? ")" : ", PRIMARY KEY (\(key))) WITHOUT ROWID")"
    }

    private func definition(of column: TableDefinition.Column) -> String {
        let type =
            switch column.kind {
            case .number: "INTEGER PRIMARY KEY"
            case .integer, .rowID: "INTEGER"
            case .key, .word, .text: "TEXT"
            }
        return "\(quoted(name: column.name)) \(type)\(column.isNotNull ? " NOT NULL" : "")"
            + (column.otherwise.map { " DEFAULT \($0)" } ?? "")
    }

    func addition(of column: TableDefinition.Column, to table: String) -> String {
        "ALTER TABLE main.\(table) ADD COLUMN \(definition(of: column))"
    }

    func creation(of index: IndexDefinition) -> String {
        "CREATE INDEX main.\(index.name) ON \(index.table) (\(index.columns.joined(separator: ", ")))"
            + (index.condition.map { " WHERE \($0)" } ?? "")
    }

    /// The modifier `subsec` is too young for the oldest SQLite that is worked with.
    let makesTablesInTransactions = true

    var now: String { "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)" }

    /// What stands for a table that is not there, while the connection lasts.
    func substitute(for table: TableDefinition) -> String { "CREATE TEMP TABLE \(definition(of: table))" }
}

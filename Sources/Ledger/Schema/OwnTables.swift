internal import Engine

/// Whether the reconciler's own tables are as its migrations made them, before anything is asked of them: SQLite's own
/// errors come late and do not say what to do.
struct OwnTables {
    let connection: Connection
    let path: String

    /// - Throws: `unusable`, naming the first table that is missing, lacks a column, or is somebody else's.
    func check() throws {
        let model = try Model()
        try connection.read {
            let hasMeta = try exists("reconciler_meta")
            if hasMeta { try check("reconciler_meta", model) }
            let version = try Migration.recordedVersion(on: connection, path: path) ?? 0
            for step in Migration.all {
                if step.version <= version {
                    for name in step.tableNames { try check(name, model) }
                } else {
                    for name in step.tableNames + step.indexNames where name != "reconciler_meta" {
                        guard try !exists(name) else { throw foreign(name, hasMeta: hasMeta) }
                    }
                }
            }
        }
    }

    private func check(_ table: String, _ model: Model) throws {
        guard try exists(table) else { throw LedgerError.ownTablesChanged("no such table: \(table)", path) }
        let present = Set(try connection.columnNames(of: table))
        if let missing = try model.columns(of: table).first(where: { !present.contains($0) }) {
            throw LedgerError.ownTablesChanged("table \(table) has no column \(missing)", path)
        }
    }

    private func exists(_ name: String) throws -> Bool {
        try connection.statement("SELECT count(*) FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE")
            .first(.text(name)) { $0.flag(0) } ?? false
    }

    private func foreign(_ name: String, hasMeta: Bool) -> LedgerError {
        let reason = hasMeta ? "though reconciler_meta does not know of it" : "without a reconciler_meta"
        return LedgerError(
            .unusable,
            "\(path): there is a \(name) already, \(reason): rename it if it is another program's; otherwise restore a"
                + " backup, or drop all reconciler_ tables, which are then made anew")
    }

    /// The tables as they should be, in memory.
    private struct Model {
        private let connection: Connection

        init() throws {
            connection = try Connection(path: ":memory:", access: .readWrite, busyTimeout: .zero)
            for table in Migration.all.flatMap(\.tables) { try connection.execute("CREATE TABLE \(table)") }
        }

        func columns(of table: String) throws -> [String] { try connection.columnNames(of: table) }
    }
}

extension Migration {
    fileprivate var tableNames: [String] { tables.map(Self.name) }
    fileprivate var indexNames: [String] { indexes.map(Self.name) }

    private static func name(_ definition: String) -> String { String(definition.prefix { $0 != " " }) }
}

extension Connection {
    fileprivate func columnNames(of table: String) throws -> [String] {
        try statement("SELECT name FROM pragma_table_xinfo(?1, 'main')").all(.text(table)) { $0.text(0) ?? "" }
    }
}

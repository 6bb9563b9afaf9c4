internal import Engine

/// One step from an older set of the reconciler's tables to the next. Never changed once released: add another.
struct Migration {
    let version: Int
    /// What follows `CREATE TABLE`.
    let tables: [String]
    /// What follows `CREATE INDEX`.
    let indexes: [String]
    /// Added to tables of earlier steps.
    var columns: [Column] = []

    struct Column {
        let table: String
        let definition: String
    }

    static var currentVersion: Int { all.last?.version ?? 0 }

    /// Brings the tables up to date, all steps in one transaction.
    /// - Returns: the versions reached by the steps that were taken.
    static func run(on connection: Connection, path: String) throws -> [Int] {
        guard try recordedVersion(on: connection, path: path) ?? 0 < currentVersion else { return [] }
        return try connection.write {
            // Another process may have been faster.
            let before = try recordedVersion(on: connection, path: path) ?? 0
            let missing = all.filter { $0.version > before }
            for step in missing {
                for table in step.tables { try connection.execute("CREATE TABLE main.\(table)") }
                for column in step.columns { try connection.execute(column.addition(to: "main")) }
                for index in step.indexes { try connection.execute("CREATE INDEX main.\(index)") }
            }
            try connection.execute(
                "INSERT OR REPLACE INTO reconciler_meta (key, value) VALUES ('schema_version', '\(currentVersion)')")
            return missing.map(\.version)
        }
    }

    /// Lets a connection that only reads query tables that are not there yet: empty temporary ones take their place.
    static func substitute(on connection: Connection, path: String) throws {
        guard let version = try recordedVersion(on: connection, path: path) else {
            for table in all.flatMap(\.tables) { try connection.execute("CREATE TEMP TABLE \(table)") }
            for column in all.flatMap(\.columns) { try connection.execute(column.addition(to: "temp")) }
            return
        }
        guard version == currentVersion else {
            throw LedgerError(
                .unusable,
                "the reconciler's tables in \(path) are of version \(version): `bizgo-reconciler run` or `once` brings"
                    + " them to version \(currentVersion)")
        }
    }

    /// Nil when there are no tables yet.
    static func recordedVersion(on connection: Connection, path: String) throws -> Int? {
        let exists = try connection.statement(
            "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'reconciler_meta'"
        ).first { $0.flag(0) }
        guard exists == true else { return nil }
        let text = try connection.statement("SELECT value FROM main.reconciler_meta WHERE key = 'schema_version'")
            .first { $0.text(0) ?? "" }
        guard let version = text.flatMap({ Int($0) }), version > 0 else {
            throw LedgerError.ownTablesChanged("table reconciler_meta has no schema_version that is one", path)
        }
        guard version <= currentVersion else {
            throw LedgerError(
                .newerSchema,
                "the reconciler's tables in \(path) were made by a newer version (schema \(version), this one knows"
                    + " \(currentVersion)): install that version again")
        }
        return version
    }
}

extension Migration.Column {
    fileprivate func addition(to schema: String) -> String {
        "ALTER TABLE \(schema).\(table) ADD COLUMN \(definition)"
    }
}

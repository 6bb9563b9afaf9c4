internal import Engine

/// Whether the reconciler's own tables are as its migrations made them, before anything is asked of them: a database's own
/// errors come late and do not say what to do.
struct OwnTables {
    let database: any Database
    let place: String

    /// - Throws: `unusable`, naming the first table that is missing, lacks a column, or is somebody else's.
    func check() throws {
        try database.read {
            let hasMeta = try database.holds(table: "reconciler_meta")
            if hasMeta { try check("reconciler_meta", in: 1) }
            let version = try Migration.recordedVersion(on: database, place: place) ?? 0
            // What a migration has made that was broken off cannot be told from another program's.
            let isHalfMade = hasMeta && !database.dialect.makesTablesInTransactions
            for step in Migration.all {
                if step.version <= version {
                    for table in step.tables { try check(table.name, in: version) }
                } else if !isHalfMade {
                    for name in step.names where name != "reconciler_meta" {
                        guard try !database.holds(table: name) else { throw foreign(name, hasMeta: hasMeta) }
                    }
                }
            }
        }
    }

    private func check(_ table: String, in version: Int) throws {
        guard try database.holds(table: table) else {
            throw LedgerError.ownTablesChanged("no such table: \(table)", place)
        }
        let present = Set(try database.columnNames(of: table))
        let wanted = Migration.columns(of: table, in: version)
        if let missing = wanted.first(where: { !present.contains($0) }) {
            throw LedgerError.ownTablesChanged("table \(table) has no column \(missing)", place)
        }
    }

    private func foreign(_ name: String, hasMeta: Bool) -> LedgerError {
        let reason = hasMeta ? "though reconciler_meta does not know of it" : "without a reconciler_meta"
        return LedgerError(
            .unusable,
            "\(place): there is a \(name) already, \(reason): rename it if it is another program's; otherwise restore a"
                + " backup, or drop all reconciler_ tables, which are then made anew")
    }
}

extension LedgerError {
    /// - Parameter what: is wrong with them.
    static func ownTablesChanged(_ what: String, _ place: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(place): \(what): the reconciler's own tables were dropped or changed. When all of them are gone, they are"
                + " made anew at the next attempt; otherwise restore a backup, or drop the other reconciler_ tables, too"
        )
    }
}

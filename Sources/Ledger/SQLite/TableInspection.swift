internal import Engine

/// Looks at the application's table and refuses what cannot be worked on, by name.
struct TableInspection {
    let connection: Connection
    let configuration: LedgerConfiguration

    func mapping() throws -> TableMapping {
        let name = try tableName()
        let present = try presentColumns(of: name)
        let columns = configuration.columns
        let status = try find(columns.status, "status", present, isWritten: true)
        try checkWords(status, of: name)
        let updatedAt = try columns.updatedAt.map { try find($0, "updated_at", present, isWritten: true) }
        return TableMapping(
            tableName: name,
            table: "\"main\".\(quoted(name: name))",
            rowid: try rowidName(present),
            key: quoted(name: try find(columns.messageKey, "message_key", present).name),
            status: quoted(name: status.name),
            acceptedAt: quoted(name: try find(columns.acceptedAt, "accepted_at", present).name),
            scheduledAt: try columns.scheduledAt.map { quoted(name: try find($0, "scheduled_at", present).name) },
            id: try columns.id.map { quoted(name: try find($0, "id", present).name) },
            serviceType: try columns.serviceType.map { quoted(name: try find($0, "service_type", present).name) },
            reportCode: try columns.reportCode.map { try optional($0, "report_code", present) },
            errorMessage: try columns.errorMessage.map { try optional($0, "error_message", present) },
            updatedAt: updatedAt.map { quoted(name: $0.name) },
            serviceTypes: columns.serviceType == nil ? nil : configuration.serviceTypes,
            words: configuration.statuses,
            time: TimeCodec(
                format: configuration.timeFormat, utcOffset: configuration.utcOffset,
                column: updatedAt?.takes ?? .anything))
    }

    struct Column {
        let name: String
        let isNotNull: Bool
        let hasDefault: Bool
        let isGenerated: Bool
        let isRowid: Bool
        let type: String

        /// Whether a text that reads as a number becomes one in it: SQLite's affinities INTEGER, REAL and NUMERIC.
        var makesNumbers: Bool {
            type.contains("INT")
                || !type.isEmpty && !["CHAR", "CLOB", "TEXT", "BLOB"].contains { type.contains($0) }
        }

        /// By SQLite's rules for what a declared type means; a date's or a time's column takes texts as well.
        var takes: TimeCodec.Column {
            if type.contains("INT") { return .integers }
            if ["CHAR", "CLOB", "TEXT"].contains(where: type.contains) { return .anything }
            if ["REAL", "FLOA", "DOUB"].contains(where: type.contains) { return .reals }
            return type.hasPrefix("NUM") || type.hasPrefix("DEC") ? .integers : .anything
        }
    }

    private func tableName() throws -> String {
        let found = try connection.statement(
            "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE"
        ).first(.text(configuration.table)) { ($0.text(0) ?? "", $0.text(1) ?? "", $0.flag(2)) }
        guard let (name, type, isWithoutRowid) = found else { throw missingTable(try tableNames()) }
        let place = "\(configuration.table) in \(configuration.path)"
        switch type {
        case "table" where isWithoutRowid:
            throw LedgerError(
                .unusable, "table \(place) is WITHOUT ROWID, which is not supported: rebuild it as an ordinary table")
        case "table":
            return name
        default:
            throw LedgerError(
                .unusable, "\(place) is a \(type), not an ordinary table: set store.table to the table behind it")
        }
    }

    private func tableNames() throws -> [String] {
        try connection.statement(
            """
            SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'
            AND name NOT GLOB 'reconciler_*' ORDER BY name LIMIT 20
            """
        ).all { $0.text(0) ?? "" }
    }

    private func missingTable(_ present: [String]) -> LedgerError {
        let there =
            present.isEmpty
            ? "there is none (`bizgo-reconciler init-db` makes it in an empty file)"
            : "there are: \(present.joined(separator: ", "))"
        return LedgerError(
            .unusable, "no table \(configuration.table) in \(configuration.path): \(there); see store.table")
    }

    func presentColumns(of table: String) throws -> [Column] {
        try connection.statement(
            "SELECT name, \"notnull\", hidden, pk, type, dflt_value FROM pragma_table_xinfo(?1, 'main')"
        ).all(.text(table)) {
            let type = $0.text(4)?.uppercased() ?? ""
            return Column(
                name: $0.text(0) ?? "", isNotNull: $0.flag(1), hasDefault: !$0.isNull(5),
                isGenerated: $0.integer(2) > 1, isRowid: $0.integer(3) == 1 && type == "INTEGER", type: type)
        }
    }

    private func find(_ name: String, _ role: String, _ present: [Column], isWritten: Bool = false) throws -> Column {
        guard let column = present.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            let names = present.map(\.name).joined(separator: ", ")
            throw LedgerError(
                .unusable,
                "no column \(name) in table \(configuration.table) of \(configuration.path): there are: \(names);"
                    + " see store.columns.\(role)")
        }
        if isWritten, column.isGenerated {
            throw LedgerError(
                .unusable,
                "column \(name) of table \(configuration.table) in \(configuration.path) is generated and cannot be"
                    + " written: map store.columns.\(role) to an ordinary one")
        }
        return column
    }

    /// By the column's collation `SENT` and `Sent` may be one word, and `1` and `01` by its affinity: a message that was
    /// settled would still be pending.
    private func checkWords(_ column: Column, of table: String) throws {
        let collation = connection.collation(of: column.name, in: table)
        let words = configuration.statuses
        let named = [("pending", words.pending), ("sent", words.sent), ("dead_letter", words.deadLetter)]
        // Against a number only what reads as one becomes one: both ways, lest any word count as 0.
        let asNumbers = "CAST(?1 AS NUMERIC) = ?2 AND ?1 = CAST(?2 AS NUMERIC)"
        let same = try connection.statement(
            "SELECT ?1 = ?2 COLLATE \(quoted(name: collation)) OR (\(column.makesNumbers ? asNumbers : "0"))")
        for (index, (role, word)) in named.enumerated() {
            for (otherRole, other) in named[..<index]
            where try same.first(.text(word), .text(other), read: { $0.flag(0) }) == true {
                throw LedgerError(
                    .unusable,
                    "\(other) and \(word) are one word to column \(column.name) (COLLATE \(collation)) of table"
                        + " \(configuration.table) in \(configuration.path): give store.statuses.\(otherRole) and"
                        + " store.statuses.\(role) words that it tells apart")
            }
        }
    }

    private func optional(_ name: String, _ role: String, _ present: [Column]) throws -> TableMapping.OptionalColumn {
        let column = try find(name, role, present, isWritten: true)
        return TableMapping.OptionalColumn(name: quoted(name: column.name), isNotNull: column.isNotNull)
    }

    private func rowidName(_ present: [Column]) throws -> String {
        let taken = Set(present.filter { !$0.isRowid }.map { $0.name.lowercased() })
        guard let free = ["rowid", "_rowid_", "oid"].first(where: { !taken.contains($0) }) else {
            throw LedgerError(
                .unusable,
                "table \(configuration.table) in \(configuration.path) has columns rowid, _rowid_ and oid, which hide"
                    + " the row's address: rename one of them")
        }
        return free
    }
}

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
    var tableNames: [String] { tables.map(Self.name) }
    var indexNames: [String] { indexes.map(Self.name) }

    private static func name(_ definition: String) -> String { String(definition.prefix { $0 != " " }) }
}

extension Connection {
    fileprivate func columnNames(of table: String) throws -> [String] {
        try statement("SELECT name FROM pragma_table_xinfo(?1, 'main')").all(.text(table)) { $0.text(0) ?? "" }
    }
}

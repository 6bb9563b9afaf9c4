internal import CSQLite
internal import Engine

/// What SQLite's schema says of tables.
extension SQLiteConnection {
    func holds(table: String) throws -> Bool {
        try statement("SELECT count(*) FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE")
            .first(.text(table)) { $0.flag(0) } ?? false
    }

    func columnNames(of table: String) throws -> [String] {
        try statement("SELECT name FROM pragma_table_xinfo(?1, 'main')").all(.text(table)) { $0.text(0) ?? "" }
    }

    func description(of table: String) throws -> TableDescription {
        let name = try ordinaryTable(table)
        let columns = try columns(of: name)
        return TableDescription(
            name: name, qualifiedName: "\"main\".\(quoted(name: name))", columns: columns,
            address: RowAddress(column: try rowid(beside: columns, of: table), kind: .number, isNumbered: true),
            indexes: [],
            hasTriggers: try value("SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger'") != "0",
            definition: try definition(of: name))
    }

    /// - Returns: its name as the schema writes it.
    private func ordinaryTable(_ wanted: String) throws -> String {
        let found = try statement(
            "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE"
        ).first(.text(wanted)) { ($0.text(0) ?? "", $0.text(1) ?? "", $0.flag(2)) }
        guard let (name, type, isWithoutRowid) = found else { throw missingTable(wanted, try tableNames()) }
        switch type {
        case "table" where isWithoutRowid:
            throw LedgerError(
                .unusable,
                "table \(wanted) in \(path) is WITHOUT ROWID, which is not supported: rebuild it as an ordinary table")
        case "table":
            return name
        default:
            throw LedgerError(
                .unusable,
                "\(wanted) in \(path) is a \(type), not an ordinary table: set store.table to the table behind it")
        }
    }

    private func tableNames() throws -> [String] {
        try statement(
            """
            SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'
            AND name NOT GLOB 'reconciler_*' ORDER BY name LIMIT 20
            """
        ).all { $0.text(0) ?? "" }
    }

    private func missingTable(_ wanted: String, _ present: [String]) -> LedgerError {
        let there =
            present.isEmpty
            ? "there is none (`bizgo-reconciler init-db` makes it in an empty file)"
            : "there are: \(present.joined(separator: ", "))"
        return LedgerError(.unusable, "no table \(wanted) in \(path): \(there); see store.table")
    }

    private func columns(of table: String) throws -> [TableDescription.Column] {
        try statement("SELECT name, \"notnull\", hidden, pk, type, dflt_value FROM pragma_table_xinfo(?1, 'main')")
            .all(.text(table)) { row in
                let name = row.text(0) ?? ""
                let type = row.text(4)?.uppercased() ?? ""
                return TableDescription.Column(
                    name: name, isNotNull: row.flag(1), hasDefault: !row.isNull(5), isGenerated: row.integer(2) > 1,
                    isNumbered: row.integer(3) == 1 && type == "INTEGER", type: type,
                    takes: TimeCodec.Column(declaredAs: type), collation: collation(of: name, in: table))
            }
    }

    /// A name of the row's address that no column has taken.
    private func rowid(beside columns: [TableDescription.Column], of table: String) throws -> String {
        let taken = Set(columns.filter { !$0.isNumbered }.map { $0.name.lowercased() })
        guard let free = ["rowid", "_rowid_", "oid"].first(where: { !taken.contains($0) }) else {
            throw LedgerError(
                .unusable,
                "table \(table) in \(path) has columns rowid, _rowid_ and oid, which hide the row's address: rename one"
                    + " of them")
        }
        return free
    }

    /// The table, its triggers and its indexes, as their SQL.
    private func definition(of table: String) throws -> String {
        let text = try statement(
            """
            SELECT group_concat(sql, ';') FROM (SELECT sql FROM main.sqlite_schema
            WHERE tbl_name = ?1 AND sql IS NOT NULL AND name NOT GLOB 'reconciler_*' ORDER BY name)
            """
        ).first(.text(table)) { $0.text(0) ?? "" }
        return text ?? ""
    }

    /// By which the column's texts are compared.
    private func collation(of column: String, in table: String) -> String {
        var name: UnsafePointer<CChar>?
        let code = sqlite3_table_column_metadata(handle, "main", table, column, nil, &name, nil, nil, nil)
        guard code == SQLITE_OK, let name else { return "BINARY" }
        return String(cString: name)
    }

    /// By the column's collation `SENT` and `Sent` may be one word, and `1` and `01` by its affinity.
    func indistinct(
        _ words: [String], in column: TableDescription.Column, of table: TableDescription
    ) throws -> (String, String)? {
        // Against a number only what reads as one becomes one: both ways, lest any word count as 0.
        let asNumbers = "CAST(?1 AS NUMERIC) = ?2 AND ?1 = CAST(?2 AS NUMERIC)"
        let same = try statement(
            "SELECT ?1 = ?2 COLLATE \(quoted(name: column.collation)) OR (\(column.makesNumbers ? asNumbers : "0"))")
        for (index, word) in words.enumerated() {
            for other in words[..<index] where try same.first(.text(word), .text(other), read: { $0.flag(0) }) == true {
                return (other, word)
            }
        }
        return nil
    }
}

extension TableDescription.Column {
    /// Whether a text that reads as a number becomes one in it: SQLite's affinities INTEGER, REAL and NUMERIC.
    fileprivate var makesNumbers: Bool {
        type.contains("INT") || !type.isEmpty && !["CHAR", "CLOB", "TEXT", "BLOB"].contains { type.contains($0) }
    }
}

extension TimeCodec.Column {
    /// By SQLite's rules for what a declared type means; a date's or a time's column takes texts as well.
    fileprivate init(declaredAs type: String) {
        if type.contains("INT") {
            self = .integers
        } else if ["CHAR", "CLOB", "TEXT"].contains(where: type.contains) {
            self = .anything
        } else if ["REAL", "FLOA", "DOUB"].contains(where: type.contains) {
            self = .reals
        } else {
            self = type.hasPrefix("NUM") || type.hasPrefix("DEC") ? .integers : .anything
        }
    }
}

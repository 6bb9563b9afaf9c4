internal import Reconciliation

/// The foreign keys of the application's table that must hold for what is written into it: a lookup table of statuses,
/// say.
struct ForeignKeys {
    let mapping: TableMapping
    let connection: SQLiteConnection

    /// A column that is written, and what it refers to.
    private struct Key {
        let column: String
        let table: String
        let parent: String
        /// What may be written into it, with the setting it comes from; of report codes only the one that is sure to come.
        let values: [(setting: String, text: String)]
    }

    /// What would be refused for every row, in words for people; empty when nothing would.
    func gaps() throws -> [String] {
        try keys().flatMap { key in
            try missing(key).map { value in
                "\(value.setting) \"\(value.text)\" is not in \(key.table) (\(key.parent)), which column \(key.column) of"
                    + " \(mapping.description.name) refers to: every row that is to get it is refused; put it there, or change"
                    + " the setting"
            }
        }
    }

    /// Which keys a refused row may have broken: those that lack a word of ours, if any, or else all.
    func explanation() throws -> String {
        let keys = try keys()
        let lacking = try keys.compactMap { key in
            let words = try missing(key).map { "\"\($0.text)\"" }.joined(separator: ", ")
            return words.isEmpty ? nil : "\(Self.words(key)), which lacks \(words)"
        }
        let suspects = lacking.isEmpty ? keys.map(Self.words) : lacking
        return suspects.isEmpty ? "another table refers to the row" : suspects.joined(separator: "; ")
    }

    private static func words(_ key: Key) -> String { "\(key.column) refers to \(key.table) (\(key.parent))" }

    private func keys() throws -> [Key] {
        let found = try connection.statement(
            "SELECT \"from\", \"table\", \"to\", seq FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq"
        ).all(.text(mapping.description.name)) { ($0.text(0) ?? "", $0.text(1) ?? "", $0.text(2), $0.integer(3)) }
        return try found.compactMap { column, table, parent, position in
            guard let values = values(of: column) else { return nil }
            // Without columns the parent's primary key is meant.
            let parent = try parent ?? primaryKey(of: table, position)
            return parent.map { Key(column: column, table: table, parent: $0, values: values) }
        }
    }

    private func primaryKey(of table: String, _ position: Int64) throws -> String? {
        try connection.statement("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk = ?2 + 1")
            .first(.text(table), .integer(position)) { $0.text(0) } ?? nil
    }

    /// Nil for a column that is not written.
    private func values(of column: String) -> [(setting: String, text: String)]? {
        let name = quoted(name: column).lowercased()
        if name == mapping.status.lowercased() {
            return [
                ("store.statuses.pending", mapping.words.pending), ("store.statuses.sent", mapping.words.sent),
                ("store.statuses.dead_letter", mapping.words.deadLetter),
            ]
        }
        guard let codes = mapping.reportCode, name == codes.name.lowercased() else { return nil }
        return [("the report code of a delivery,", ReportCode.delivered.text)]
            + (codes.isNotNull ? [("the report code of a message without one,", "")] : [])
    }

    private func missing(_ key: Key) throws -> [(setting: String, text: String)] {
        let parent = "p.\(quoted(name: key.parent))"
        // As a text, too: a number of the child's is one to a parent without a type.
        let isThere = try connection.statement(
            """
            SELECT count(*) FROM (SELECT 1 FROM "main".\(quoted(name: key.table)) AS p
            WHERE \(parent) = ?1 OR CAST(\(parent) AS TEXT) = ?1 LIMIT 1)
            """)
        return try key.values.filter { try isThere.first(.text($0.text)) { $0.flag(0) } != true }
    }
}

#if MySQL
    /// SQL as MySQL, MariaDB and TiDB understand it, in a session of `MySQLSession`.
    struct MySQLDialect: ServerDialect {
        func text(_ expression: String) -> String { "CAST(\(expression) AS CHAR)" }

        func exact(_ expression: String) -> String { "CAST(CONVERT(\(expression) USING utf8mb4) AS BINARY)" }

        /// In an `UPDATE` of a strict session it would be an error.
        func fitted(_ expression: String, to characterSet: String) -> String? {
            "CONVERT(\(expression) USING \(characterSet))"
        }

        /// A default that it does not repeat is gone, and with it what the application leaves to that.
        func widening(_ column: TableDescription.Column, of table: TableDescription) -> String {
            "ALTER TABLE \(MySQLCatalogue.pasted(table.name)) MODIFY \(MySQLCatalogue.pasted(column.name)) \(column.type)"
                + " CHARACTER SET utf8mb4\(column.isNotNull ? " NOT NULL" : "")"
                + (column.hasDefault ? " DEFAULT … (as SHOW CREATE TABLE has it)" : "")
        }

        // MARK: Addresses

        func reading(_ address: RowAddress, of column: String) -> String {
            switch AddressType(address) {
            case .plain: column
            case .text: "CONVERT(\(column) USING utf8mb4)"
            case .bytes: "HEX(\(column))"
            case .uuid: text(column)
            }
        }

        /// In the column's own character set and collation, so that its index serves.
        func finding(_ address: RowAddress, _ expression: String) -> String {
            switch AddressType(address) {
            case .plain: expression
            case .text(let characterSet, let collation):
                // What is kept is bytes, which must be read as UTF-8 first.
                "CONVERT(CONVERT(\(expression) USING utf8mb4) USING \(characterSet)) COLLATE \(collation)"
            case .bytes: "UNHEX(\(expression))"
            case .uuid: "CAST(CONVERT(\(expression) USING utf8mb4) AS UUID)"
            }
        }

        /// What `RowAddress.type` says.
        enum AddressType {
            case plain
            case text(characterSet: String, collation: String)
            case bytes
            /// MariaDB's type.
            case uuid

            init(_ address: RowAddress) {
                let words = address.type.split(separator: " ").map(String.init)
                switch words.count {
                case 2: self = .text(characterSet: words[0], collation: words[1])
                case 1: self = words[0] == "uuid" ? .uuid : .bytes
                default: self = .plain
                }
            }

            var text: String {
                switch self {
                case .plain: ""
                case .text(let characterSet, let collation): "\(characterSet) \(collation)"
                case .bytes: "binary"
                case .uuid: "uuid"
                }
            }
        }

        // MARK: Conflicts

        func onConflict(_ key: [String]) -> String { "ON DUPLICATE KEY UPDATE" }

        func onConflictNothing(_ key: [String]) -> String {
            key.first.map { "ON DUPLICATE KEY UPDATE \($0) = VALUES(\($0))" } ?? ""
        }

        /// Spelled out: a comparison of pairs is not looked up in an index.
        func isPast(_ columns: (String, String), _ values: (String, String)) -> String {
            "(\(columns.0) > \(values.0) OR \(columns.0) = \(values.0) AND \(columns.1) > \(values.1))"
        }

        // MARK: The reconciler's own tables

        /// Their keys are bytes, which no collation folds and no padding makes equal. Of any four columns a key of InnoDB's
        /// 3072 bytes can be made.
        func creation(of table: TableDefinition, rowID: RowAddress.Kind) -> String {
            var lines = table.columns.map { declaration(of: $0, rowID: rowID) }
            if !table.key.isEmpty { lines.append("PRIMARY KEY (\(names(table.key)))") }
            return "CREATE TABLE IF NOT EXISTS \(quoted(name: table.name)) (\(lines.joined(separator: ", ")))"
                + " ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        }

        func addition(of column: TableDefinition.Column, to table: String) -> String {
            // No row of the reconciler's own tables has an address that is not known when it is added.
            "ALTER TABLE \(quoted(name: table)) ADD COLUMN \(declaration(of: column, rowID: .text))"
        }

        func creation(of index: IndexDefinition) -> String {
            "CREATE INDEX \(quoted(name: index.name)) ON \(quoted(name: index.table)) (\(names(index.columns)))"
        }

        func emptySelection(of table: TableDefinition, rowID: RowAddress.Kind) -> String {
            let columns = table.columns.map { column in
                let type =
                    switch column.kind {
                    case .integer, .number: "SIGNED"
                    case .rowID: rowID == .number ? "SIGNED" : "BINARY"
                    case .key, .word: "BINARY"
                    case .text: "CHAR"
                    }
                return "CAST(NULL AS \(type)) AS \(quoted(name: column.name))"
            }
            return "SELECT \(columns.joined(separator: ", ")) FROM DUAL WHERE FALSE"
        }

        /// `CREATE`, `ALTER` and `DROP` commit what was begun.
        var makesTablesInTransactions: Bool { false }

        var now: String { "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)" }

        func schema(ofOwn table: String) -> String { "DATABASE()" }

        /// In the order of the rows' addresses: the primary key is behind every index of InnoDB's.
        func pendingIndex(_ mapping: TableMapping) -> String {
            let table = mapping.description
            let address = table.address.column
            let status = table.columns.first { quoted(name: $0.name) == mapping.status }
            let isLong = status?.type.lowercased().hasSuffix("text") ?? false
            var columns = [isLong ? "\(mapping.status)(64)" : mapping.status]
            if table.indexes.first(where: { $0.name == "PRIMARY" })?.columns.map({ quoted(name: $0 ?? "") }) != [
                address
            ] {
                columns.append(address)
            }
            return "CREATE INDEX \(quoted(name: pendingIndexName)) ON \(mapping.table)"
                + " (\(columns.joined(separator: ", "))) ALGORITHM=INPLACE LOCK=NONE"
        }

        /// The server tells it by itself.
        func numbered(_ insert: String, by column: String) -> String { insert }

        /// Whether what a statement was to add to one of the reconciler's own tables is there: an earlier attempt, which was
        /// broken off, has added it for good.
        static func isMadeAlready(_ sql: String, _ error: ServerError) -> Bool {
            let duplicateColumn = "1060"
            let duplicateIndex = "1061"
            return [duplicateColumn, duplicateIndex].contains(error.code)
                && ["ALTER TABLE \"reconciler_", "CREATE INDEX \"reconciler_"].contains(where: sql.hasPrefix)
        }

        private func declaration(of column: TableDefinition.Column, rowID: RowAddress.Kind) -> String {
            let type =
                switch column.kind {
                case .integer: "BIGINT"
                case .number: "BIGINT AUTO_INCREMENT PRIMARY KEY"
                case .key, .word: "VARBINARY(768)"
                case .rowID: rowID == .number ? "BIGINT" : "VARBINARY(2048)"
                case .text: "LONGTEXT"
                }
            let otherwise = column.otherwise.map { " DEFAULT \(column.kind == .text ? "(\($0))" : $0)" } ?? ""
            return "\(quoted(name: column.name)) \(type)\(column.isNotNull ? " NOT NULL" : "")\(otherwise)"
        }

        private func names(_ columns: [String]) -> String { columns.map { quoted(name: $0) }.joined(separator: ", ") }
    }
#endif

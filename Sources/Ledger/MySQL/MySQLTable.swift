#if MySQL
    internal import Engine

    extension MySQLServer {
        static func description(
            of table: String, _ server: ServerAddress, on connection: any ServerConnection
        ) throws -> TableDescription {
            try MySQLCatalogue(table: table, server: server, connection: connection).description()
        }
    }

    /// Reads of the application's table what the server's catalogue says, and refuses what cannot be worked on.
    struct MySQLCatalogue {
        /// As it is configured: `table` or `database.table`.
        let table: String
        let server: ServerAddress
        let connection: any ServerConnection

        private var place: String { "table \(table) in \(server.text)" }

        func description() throws -> TableDescription {
            try checkServer()
            let (database, name) = try find()
            let columns = try columns(database, name)
            let indexes = try indexes(database, name)
            let triggers = try triggers(database, name)
            let qualifiedName = "\(quoted(name: database)).\(quoted(name: name))"
            return TableDescription(
                name: name, qualifiedName: qualifiedName, columns: columns.map(\.described),
                address: try address(qualifiedName, columns, indexes), indexes: indexes.map(\.described),
                hasTriggers: try !triggers.isEmpty || !maySeeTriggers(database, name),
                definition: try definition(qualifiedName) + triggers.joined(separator: "\n"))
        }

        /// With the binary log's oldest format the server refuses every change in a session of READ COMMITTED.
        private func checkServer() throws {
            let found = try connection.query(
                "SHOW SESSION VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')", []
            ).rows.map { "\($0[0])=\($0[1])" }
            guard found.contains("log_bin=ON"), found.contains("binlog_format=STATEMENT") else { return }
            throw LedgerError(
                .unusable,
                "\(server.text) writes its binary log with binlog_format = STATEMENT, which InnoDB's READ COMMITTED does not go"
                    + " with: set binlog_format to ROW or MIXED")
        }

        // MARK: Which table

        private func find() throws -> (database: String, table: String) {
            let parts = table.split(separator: ".", maxSplits: 1).map(String.init)
            let other = parts.count == 2 ? (parts[0], parts[1]) : (server.database, table)
            let found = try connection.query(
                """
                SELECT t.table_schema, t.table_name, t.table_type, COALESCE(t.engine, ''), COALESCE(e.transactions, '')
                FROM information_schema.tables AS t LEFT JOIN information_schema.engines AS e ON e.engine = t.engine
                WHERE t.table_schema = ?1 AND t.table_name = ?2 OR t.table_schema = ?3 AND t.table_name = ?4
                ORDER BY t.table_name = ?2 DESC, BINARY t.table_name IN (?2, ?4) DESC LIMIT 1
                """, [.text(server.database), .text(table), .text(other.0), .text(other.1)]
            ).rows.first
            guard let found else { throw try missing() }
            switch found[2] {
            case "BASE TABLE", "SYSTEM VERSIONED": break
            default:
                throw LedgerError(
                    .unusable,
                    "\(table) in \(server.text) is a \(found[2].lowercased()), not an ordinary table: set store.table to the table"
                        + " behind it")
            }
            guard found[4] == "YES" else {
                throw LedgerError(
                    .unusable,
                    "\(place) is in the engine \(found[3]), which has no transactions: ALTER TABLE \(Self.pasted(found[1]))"
                        + " ENGINE=InnoDB")
            }
            return (found[0], found[1])
        }

        private func missing() throws -> LedgerError {
            let present = try connection.query(
                """
                SELECT table_name FROM information_schema.tables
                WHERE table_schema = DATABASE() AND table_name NOT LIKE 'reconciler$_%' ESCAPE '$' ORDER BY table_name LIMIT 20
                """, []
            ).texts(of: 0).compactMap(\.self)
            let there =
                present.isEmpty
                ? "there is none that this account may see" : "there are: \(present.joined(separator: ", "))"
            return LedgerError(.unusable, "no \(place): \(there); see store.table, and the account's grants")
        }

        /// A name as people paste it into a client of theirs, whose session has the server's own quotes.
        static func pasted(_ name: String) -> String {
            "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
        }

        // MARK: What it is made of

        private func columns(_ database: String, _ name: String) throws -> [MySQLColumn] {
            try connection.query(
                """
                SELECT column_name, is_nullable, COALESCE(column_default, 'NULL'), extra, data_type, column_type,
                COALESCE(character_set_name, ''), COALESCE(collation_name, ''), COALESCE(datetime_precision, 0),
                COALESCE(numeric_scale, 0)
                FROM information_schema.columns WHERE table_schema = ?1 AND table_name = ?2 ORDER BY ordinal_position
                """, [.text(database), .text(name)]
            ).rows.map(MySQLColumn.init)
        }

        private func indexes(_ database: String, _ name: String) throws -> [MySQLIndex] {
            let rows = try connection.query(
                """
                SELECT index_name, CAST(non_unique AS SIGNED), index_type, COALESCE(column_name, ''), COALESCE(sub_part, 0)
                FROM information_schema.statistics WHERE table_schema = ?1 AND table_name = ?2
                ORDER BY index_name = 'PRIMARY' DESC, index_name, seq_in_index
                """, [.text(database), .text(name)]
            ).rows
            var indexes: [MySQLIndex] = []
            for row in rows {
                if indexes.last?.name != row[0] { indexes.append(MySQLIndex(row)) }
                indexes[indexes.count - 1].add(row)
            }
            return indexes
        }

        private func triggers(_ database: String, _ name: String) throws -> [String] {
            try connection.query(
                """
                SELECT CONCAT_WS(' ', trigger_name, action_timing, event_manipulation, action_statement)
                FROM information_schema.triggers WHERE event_object_schema = ?1 AND event_object_table = ?2 ORDER BY trigger_name
                """, [.text(database), .text(name)]
            ).texts(of: 0).compactMap(\.self)
        }

        /// Who has not the privilege TRIGGER is shown none: then there may be some.
        private func maySeeTriggers(_ database: String, _ name: String) throws -> Bool {
            try MySQLGrants(on: connection).allow("TRIGGER", on: database, name)
        }

        /// Without what is counted in it.
        private func definition(_ qualifiedName: String) throws -> String {
            let text = try connection.query("SHOW CREATE TABLE \(qualifiedName)", []).texts(of: 1).first ?? nil
            return (text ?? "").replacing(#/ AUTO_INCREMENT=\d+/#, with: "")
        }

        // MARK: How its rows are found

        /// The primary key, or else another key of one column that every row has. Numbers that are too large for an address
        /// (`UUID_SHORT()`, hashes) are none.
        private func address(
            _ qualifiedName: String, _ columns: [MySQLColumn], _ indexes: [MySQLIndex]
        ) throws -> RowAddress {
            var refusal: LedgerError?
            for index in indexes where index.isUnique {
                guard let key = index.columns.first ?? nil, index.columns.count == 1, !index.hasPrefix,
                    let column = columns.first(where: { $0.name == key }), column.isNotNull,
                    let type = column.addressType
                else { continue }
                if let number = try numberTooLarge(column, qualifiedName) {
                    refusal = refusal ?? .addressIsTooLarge(number, of: key, "\(table) in \(server.text)")
                    continue
                }
                return RowAddress(
                    column: quoted(name: key), kind: column.isInteger ? .number : .text, type: type.text,
                    isNumbered: column.isNumbered)
            }
            throw refusal
                ?? LedgerError(
                    .unusable,
                    "\(place) has no column by which a row is found: neither a primary key nor a NOT NULL UNIQUE one that is of one"
                        + " column, of whole numbers, text, bytes or UUIDs: ALTER TABLE \(Self.pasted(table)) ADD COLUMN row_key"
                        + " BIGINT NOT NULL AUTO_INCREMENT UNIQUE")
        }

        private func numberTooLarge(_ column: MySQLColumn, _ qualifiedName: String) throws -> String? {
            guard column.isLarge else { return nil }
            let largest =
                try connection.query("SELECT max(\(quoted(name: column.name))) FROM \(qualifiedName)", [])
                .texts(of: 0).first ?? nil
            return largest.flatMap { (UInt64($0) ?? 0) > UInt64(Int64.max) ? $0 : nil }
        }
    }
#endif

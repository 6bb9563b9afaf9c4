#if PostgreSQL
    /// What the account may not do, though it must.
    struct PostgreSQLGrants {
        let connection: any ServerConnection
        let table: TableDescription

        func missing(written columns: [String], inserts: Bool) throws -> [String] {
            let account = try connection.query("SELECT pg_catalog.quote_ident(current_user)", []).catalogueTexts
            let user = (account.first?.first ?? nil) ?? "CURRENT_USER"
            let grants =
                try onTable(inserts) + onColumns(columns) + (inserts ? onSequences() : []) + onSchema(user)
                + onOwnTables()
            return grants.map { $0.hasSuffix(";") ? $0 : "GRANT \($0) TO \(user);" }
        }

        private func onTable(_ inserts: Bool) throws -> [String] {
            try connection.query(
                """
                SELECT pg_catalog.quote_ident(n.nspname), pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
                    pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.has_any_column_privilege(c.oid, 'INSERT')
                \(Self.source)
                """, [.text(table.qualifiedName)]
            ).catalogueTexts.flatMap { row in
                (row[1] == "1" ? [] : ["USAGE ON SCHEMA \(row[0] ?? "")"])
                    + (row[2] == "1" ? [] : ["SELECT ON \(table.qualifiedName)"])
                    + (row[3] == "1" || !inserts ? [] : ["INSERT ON \(table.qualifiedName)"])
            }
        }

        private func onColumns(_ columns: [String]) throws -> [String] {
            let locked = try connection.query(
                """
                SELECT a.attname \(Self.source) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                WHERE a.attnum > 0 AND NOT a.attisdropped
                    AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE')
                """, [.text(table.qualifiedName)]
            ).catalogueTexts.compactMap { $0[0] }
            let missing = columns.filter(locked.contains).map(quoted(name:))
            return missing.isEmpty ? [] : ["UPDATE (\(missing.joined(separator: ", "))) ON \(table.qualifiedName)"]
        }

        /// Sequences that a column's default names. An identity column's needs no grant.
        private func onSequences() throws -> [String] {
            try connection.query(
                """
                SELECT DISTINCT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(s.relname)
                \(Self.source)
                JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid
                JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND p.objid = d.oid
                    AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                JOIN pg_catalog.pg_class s ON s.oid = p.refobjid
                JOIN pg_catalog.pg_namespace m ON m.oid = s.relnamespace
                WHERE CASE WHEN s.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE') END
                """, [.text(table.qualifiedName)]
            ).catalogueTexts.compactMap { row in row[0].map { "USAGE ON SEQUENCE \($0)" } }
        }

        /// The one that the reconciler's own tables are made in.
        private func onSchema(_ user: String) throws -> [String] {
            let row = try connection.query(
                """
                SELECT pg_catalog.quote_ident(pg_catalog.current_schema()),
                    pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE')
                """, []
            ).catalogueTexts.first
            // No schema of the search path is there, or may be used: by default one of the account's name is the first.
            guard let row, let schema = row[0] else { return ["CREATE SCHEMA AUTHORIZATION \(user);"] }
            return row[1] == "1" ? [] : ["CREATE ON SCHEMA \(schema)"]
        }

        private func onOwnTables() throws -> [String] {
            try connection.query(
                """
                SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND c.relname LIKE 'reconciler\\_%' AND pg_catalog.pg_table_is_visible(c.oid)
                    AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                        AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                        AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))
                ORDER BY 1
                """, []
            ).catalogueTexts.compactMap { row in row[0].map { "SELECT, INSERT, UPDATE, DELETE ON \($0)" } }
        }

        /// The table as `c`, by its name as `TableDescription` has it: a cast to `regclass` needs a right to the schema.
        private static let source = """
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                AND '"' || pg_catalog.replace(n.nspname, '"', '""') || '"."' || pg_catalog.replace(c.relname, '"', '""') || '"'
                    = ?1
            """
    }
#endif

#if PostgreSQL
    internal import Engine

    /// Makes the index that `store.create_index` allows. An attempt that was broken off leaves one that serves no query and keeps
    /// the name.
    struct PostgreSQLPendingIndex {
        let mapping: TableMapping
        let connection: any ServerConnection

        func make() throws {
            if let obstacle = mapping.indexObstacle { throw LedgerError(.unusable, obstacle) }
            if let remnant = try remnant() {
                guard try !isWorkedOn() else {
                    throw LedgerError(
                        .busy,
                        "another session makes the index \(remnant), or cleans the table up: it is looked at again in an hour"
                    )
                }
                _ = try connection.query("DROP INDEX CONCURRENTLY IF EXISTS \(remnant)", [])
            }
            _ = try connection.query(PostgreSQLDialect().pendingIndex(mapping), [])
        }

        /// The qualified name of an index that was not finished, or is being made.
        private func remnant() throws -> String? {
            try connection.query(
                """
                SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE i.indrelid = pg_catalog.to_regclass(?1) AND c.relname = ?2 AND NOT i.indisvalid
                """, [.text(mapping.table), .text(pendingIndexName)]
            ).catalogueTexts.first?.first ?? nil
        }

        /// Whoever makes an index beside those who write holds this lock on its table.
        private func isWorkedOn() throws -> Bool {
            try !connection.query(
                """
                SELECT 1 FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_database AS d ON d.oid = l.database
                WHERE d.datname = pg_catalog.current_database() AND l.relation = pg_catalog.to_regclass(?1) AND l.granted
                    AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
                """, [.text(mapping.table)]
            ).cells.isEmpty
        }
    }
#endif

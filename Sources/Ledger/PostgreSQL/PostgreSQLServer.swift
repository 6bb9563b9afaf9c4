#if PostgreSQL
    internal import Engine

    /// PostgreSQL, and what speaks its protocol. Asked by its own catalogue, which everybody may read.
    enum PostgreSQLServer: ServerKind {
        static let dialect: any ServerDialect = PostgreSQLDialect()
        /// The connection adds what it sets up for a transaction.
        static let beginWriting = "BEGIN ISOLATION LEVEL READ COMMITTED"
        static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

        static func connect(
            _ server: ServerAddress, _ limits: ServerLimits
        ) throws(ServerError) -> any ServerConnection {
            try PostgreSQLConnection(server, limits)
        }

        static func description(
            of table: String, _ server: ServerAddress, on connection: any ServerConnection
        ) throws -> TableDescription {
            try PostgreSQLCatalogue(connection: connection, table: table, place: server.text).description()
        }

        static func holds(table: String, on connection: any ServerConnection) throws -> Bool {
            let found = try connection.query(
                """
                SELECT 1 FROM pg_catalog.pg_class
                WHERE relname = ?1 AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)
                """, [.text(table)])
            return !found.cells.isEmpty
        }

        static func indistinct(
            _ words: [String], in column: TableDescription.Column, on connection: any ServerConnection
        ) throws -> (String, String)? {
            try PostgreSQLWords(connection: connection, column: column).indistinct(words)
        }

        static func makePendingIndex(_ mapping: TableMapping, on connection: any ServerConnection) throws {
            try PostgreSQLPendingIndex(mapping: mapping, connection: connection).make()
        }

        static func size(on connection: any ServerConnection) throws -> Int {
            let size = try connection.query("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())", [])
            return size.catalogueTexts.first?.first?.flatMap { Int($0) } ?? 0
        }

        static func missingGrants(
            _ table: TableDescription, written columns: [String], inserts: Bool, on connection: any ServerConnection
        ) throws -> [String] {
            try PostgreSQLGrants(connection: connection, table: table).missing(written: columns, inserts: inserts)
        }
    }

    extension ServerResult {
        /// Row by row; nil for NULL.
        var catalogueTexts: [[String?]] {
            guard !kinds.isEmpty else { return [] }
            return stride(from: 0, to: cells.count, by: kinds.count).map { start in
                cells[start..<start + kinds.count].map { cell in cell.map { String(decoding: $0, as: UTF8.self) } }
            }
        }
    }

    /// What a column makes of the words for a status.
    private struct PostgreSQLWords {
        let connection: any ServerConnection
        let column: TableDescription.Column

        /// Compared by the server, as the column would be.
        func indistinct(_ words: [String]) throws -> (String, String)? {
            try words.forEach(check)
            let collation = column.collation.isEmpty ? "" : " COLLATE \(column.collation)"
            for (index, word) in words.enumerated() {
                for other in words[..<index] {
                    let same = try connection.query(
                        "SELECT CAST(?1 AS \(column.type))\(collation) = CAST(?2 AS \(column.type))",
                        [.text(word), .text(other)])
                    if same.catalogueTexts.first?.first == "1" { return (other, word) }
                }
            }
            return nil
        }

        /// - Throws: `unusable` for one that the column cannot hold, or holds as another.
        private func check(_ word: String) throws {
            if let labels = column.labels, !labels.contains(word) {
                throw LedgerError(
                    .unusable,
                    "column \(column.name) is of the type \(column.type), which has no word \(word): set store.statuses to"
                        + " words that it has (\(labels.joined(separator: ", "))), or add it: ALTER TYPE \(column.type)"
                        + " ADD VALUE \(quoted(text: word))")
            }
            let held = try held(word)
            guard held != word else { return }
            let what = held.map { "holds \(word) as \($0)" } ?? "cannot hold \(word)"
            throw LedgerError(
                .unusable,
                "column \(column.name) is of the type \(column.type) and \(what): set store.statuses to words as they are in"
                    + " it")
        }

        /// Nil for what is refused.
        private func held(_ word: String) throws -> String? {
            do throws(ServerError) {
                let text = try connection.query("SELECT CAST(CAST(?1 AS \(column.type)) AS TEXT)", [.text(word)])
                return text.catalogueTexts.first?.first ?? nil
            } catch {
                guard error.kind == .rejected else { throw error }
                return nil
            }
        }
    }
#endif

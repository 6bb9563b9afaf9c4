#if MySQL
    internal import Engine

    /// MySQL, MariaDB, and what speaks their protocol.
    enum MySQLServer: ServerKind {
        static var dialect: any ServerDialect { MySQLDialect() }

        static func connect(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) -> any ServerConnection
        {
            try MySQLConnection(server, limits)
        }

        static let beginWriting = "START TRANSACTION"
        static let beginReading = readingBeginnings.joined(separator: "; ")
        /// One after the other: one state of the database is seen with REPEATABLE READ only.
        static let readingBeginnings = [
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        ]

        static func holds(table: String, on connection: any ServerConnection) throws -> Bool {
            let found = try connection.query(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?1",
                [.text(table)])
            return !found.cells.isEmpty
        }

        /// By the column's collation, or as the numbers that a column of numbers makes of them.
        static func indistinct(
            _ words: [String], in column: TableDescription.Column, on connection: any ServerConnection
        ) throws -> (String, String)? {
            try checkLabels(words, column)
            let pairs = words.indices.flatMap { later in words[..<later].map { ($0, words[later]) } }
            guard !pairs.isEmpty else { return nil }
            let comparisons = pairs.map { comparison($0, $1, column) }
            let same = try connection.query("SELECT \(comparisons.joined(separator: ", "))", []).rows.first ?? []
            return zip(pairs, same).first { $1 == "1" }?.0
        }

        private static func comparison(_ one: String, _ other: String, _ column: TableDescription.Column) -> String {
            let (one, other) = (quoted(text: one), quoted(text: other))
            guard !column.collation.isEmpty else {
                return column.takes == .anything
                    ? "\(one) = \(other)" : "CAST(\(one) AS DOUBLE) = CAST(\(other) AS DOUBLE)"
            }
            let set = column.collation.prefix { $0 != "_" }
            return "CONVERT(\(one) USING \(set)) COLLATE \(column.collation) = CONVERT(\(other) USING \(set))"
        }

        /// What no row could ever hold is not looked for.
        private static func checkLabels(_ words: [String], _ column: TableDescription.Column) throws {
            let isExact =
                column.collation.hasSuffix("_bin") || column.collation.hasSuffix("_cs") || column.collation == "binary"
            if let labels = column.labels?.map({ isExact ? $0 : $0.lowercased() }),
                let word = words.first(where: { !labels.contains(isExact ? $0 : $0.lowercased()) })
            {
                let wanted = ((column.labels ?? []) + [word]).map { quoted(text: $0) }.joined(separator: ",")
                throw LedgerError(
                    .unusable,
                    "column \(column.name) cannot hold the word \(word): it is \(column.type); see store.statuses and"
                        + " store.service_types, or ALTER TABLE … MODIFY \(MySQLCatalogue.pasted(column.name)) enum(\(wanted))"
                )
            }
            if column.takes == .integers, let word = words.first(where: { Int64($0) == nil }) {
                throw LedgerError(
                    .unusable,
                    "column \(column.name) cannot hold the word \(word): it is \(column.type); see store.statuses and"
                        + " store.service_types")
            }
        }

        /// One that fails leaves nothing, and one that is there by then is as good.
        static func makePendingIndex(_ mapping: TableMapping, on connection: any ServerConnection) throws {
            _ = try connection.query(dialect.pendingIndex(mapping), [])
        }

        static func size(on connection: any ServerConnection) throws -> Int {
            let found = try connection.query(
                """
                SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables
                WHERE table_schema = DATABASE()
                """, [])
            return found.rows.first.flatMap { Int($0[0]) } ?? 0
        }
    }
#endif

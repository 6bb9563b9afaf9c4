#if PostgreSQL
    internal import Engine

    /// Looks the application's table up and refuses, by name, what cannot be worked on.
    struct PostgreSQLCatalogue {
        let connection: any ServerConnection
        /// `table`, in the first schema of the search path that has it, or `schema.table`.
        let table: String
        /// The database, for people.
        let place: String

        func description() throws -> TableDescription {
            let found = try find()
            let columns = try columns(found)
            let indexes = try indexes(found)
            return TableDescription(
                name: found.name, qualifiedName: found.qualifiedName, columns: columns.map(\.column),
                address: try address(found, columns, indexes), indexes: indexes.map(\.index),
                hasTriggers: found.hasTriggers,
                definition: found.definition, isPartitioned: found.isPartitioned)
        }

        private struct Found {
            let id: SQLValue
            let name: String
            let qualifiedName: String
            let hasTriggers: Bool
            let definition: String
            /// Of the database.
            let encoding: String
            let isPartitioned: Bool
        }

        /// Names in lower case are found, too, when they are written otherwise: as PostgreSQL does it itself.
        private func find() throws -> Found {
            let rows = try connection.query(Self.search, [.text(table)]).catalogueTexts
            guard let row = rows.first else { throw missingTable(try tableNames()) }
            let (kind, isTemporary) = (row[3] ?? "", row[4] == "t")
            guard ["r", "p"].contains(kind), !isTemporary else {
                let kinds = ["v": "view", "m": "materialized view", "f": "foreign table"]
                let what = isTemporary ? "temporary table" : kinds[kind] ?? "relation of another kind"
                throw LedgerError(
                    .unusable,
                    "\(table) in \(place) is a \(what), not an ordinary table: set store.table to the table behind it")
            }
            let (schema, name) = (row[1] ?? "", row[2] ?? "")
            return Found(
                id: SQLValue(row[0]), name: name, qualifiedName: "\(quoted(name: schema)).\(quoted(name: name))",
                hasTriggers: row[5] == "1", definition: row[6] ?? "",
                encoding: row[7] ?? "UTF8", isPartitioned: kind == "p")
        }

        /// Rules and policies may take a change back as a trigger may. A partition's triggers are the table's, and a trigger is
        /// another one when its function is.
        private static let search = """
            SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence,
                c.relhasrules OR c.relrowsecurity OR EXISTS (
                    SELECT 1 FROM pg_catalog.pg_trigger t
                    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgrelid = c.oid
                        OR t.tgrelid IN (SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = c.oid))),
                pg_catalog.md5(pg_catalog.concat_ws(E'\\n', c.oid, n.nspname, c.relname, c.relrowsecurity,
                    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.attname,
                            pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attcollation,
                            pg_catalog.pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attnum)
                        FROM pg_catalog.pg_attribute a
                        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(oid), E'\\n' ORDER BY oid)
                        FROM pg_catalog.pg_constraint WHERE conrelid = c.oid),
                    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(indexrelid), E'\\n' ORDER BY indexrelid)
                        FROM pg_catalog.pg_index WHERE indrelid = c.oid AND indisvalid),
                    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled,
                            p.prosrc), E'\\n' ORDER BY t.oid)
                        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal))),
                pg_catalog.getdatabaseencoding()
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND CASE WHEN pg_catalog.pg_table_is_visible(c.oid)
                THEN c.relname IN (CAST(?1 AS TEXT), pg_catalog.lower(CAST(?1 AS TEXT))) ELSE FALSE END
                OR c.relkind IN ('r', 'p', 'v', 'm', 'f')
                AND n.nspname || '.' || c.relname IN (CAST(?1 AS TEXT), pg_catalog.lower(CAST(?1 AS TEXT)))
            ORDER BY c.relname = CAST(?1 AS TEXT) DESC, n.nspname || '.' || c.relname = CAST(?1 AS TEXT) DESC, c.relname = pg_catalog.lower(CAST(?1 AS TEXT)) DESC
            LIMIT 1
            """

        private func tableNames() throws -> [String] {
            try connection.query(
                """
                SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.relname
                FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v') AND c.relname NOT LIKE 'reconciler\\_%'
                    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                ORDER BY 1 LIMIT 20
                """, []
            ).catalogueTexts.compactMap { $0[0] }
        }

        private func missingTable(_ present: [String]) -> LedgerError {
            let there = present.isEmpty ? "there is none" : "there are: \(present.joined(separator: ", "))"
            return LedgerError(.unusable, "no table \(table) in \(place): \(there); see store.table")
        }
    }

    // MARK: Columns

    extension PostgreSQLCatalogue {
        private typealias Column = (column: TableDescription.Column, isWhole: Bool, isUUID: Bool)

        /// Of a domain, what its base is counts. Of types that a text is not compared as (`bpchar`, without a length, `citext`) an
        /// index finds what has the type itself.
        private func columns(_ found: Found) throws -> [Column] {
            let labels = try labels(found)
            return try connection.query(
                """
                SELECT a.attname, a.attnotnull OR t.typnotnull, a.atthasdef AND a.attgenerated = '', a.attgenerated <> '',
                    a.attidentity <> '' OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%',
                    pg_catalog.format_type(a.atttypid, a.atttypmod), b.typname,
                    CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END,
                    CASE WHEN l.collname <> 'default'
                        THEN pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) END,
                    CASE WHEN b.typcategory = 'S' AND b.typname NOT IN ('text', 'varchar')
                        THEN pg_catalog.format_type(b.oid, -1) END
                FROM pg_catalog.pg_attribute a
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typbasetype <> 0 THEN t.typbasetype ELSE t.oid END
                LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
                LEFT JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace
                WHERE a.attrelid = ?1 AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum
                """, [found.id]
            ).catalogueTexts.map { row in
                let (name, base) = (row[0] ?? "", row[6] ?? "")
                let modifier = row[7].flatMap { Int($0) } ?? -1
                let column = TableDescription.Column(
                    name: name, isNotNull: row[1] == "1", hasDefault: row[2] == "1", isGenerated: row[3] == "1",
                    isNumbered: row[4] == "1", type: row[5] ?? "",
                    takes: takes(base, modifier: modifier), labels: labels[name],
                    collation: row[8] ?? "", length: Self.length(base, modifier, found.encoding),
                    // SQL_ASCII holds whatever it is given.
                    narrowSet: ["UTF8", "SQL_ASCII"].contains(found.encoding) ? nil : found.encoding,
                    soughtAs: row[9])
                return (column, Self.wholes.contains(base), base == "uuid")
            }
        }

        /// Of `varchar(255)`, whose modifier counts four bytes of a header, too. A database that knows of no characters counts
        /// bytes, of which each may have four.
        private static func length(_ base: String, _ modifier: Int, _ encoding: String) -> Int? {
            guard ["varchar", "bpchar"].contains(base), modifier >= 4 else { return nil }
            return encoding == "SQL_ASCII" ? (modifier - 4) / 4 : modifier - 4
        }

        private static let wholes = ["int2", "int4", "int8"]

        private func takes(_ base: String, modifier: Int) -> TimeCodec.Column {
            switch base {
            case "timestamp", "timestamptz":
                .time(decimals: modifier < 0 ? 6 : min(modifier, 6), hasOffset: base == "timestamptz")
            case _ where Self.wholes.contains(base): .integers
            case "float4", "float8": .reals
            // Its low bits are the digits after the point.
            case "numeric": modifier < 0 || (modifier - 4) & 0x7ff == 0 ? .integers : .reals
            default: .anything
            }
        }

        private func labels(_ found: Found) throws -> [String: [String]] {
            let rows = try connection.query(
                """
                SELECT a.attname, e.enumlabel
                FROM pg_catalog.pg_attribute a
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                JOIN pg_catalog.pg_enum e ON e.enumtypid IN (t.oid, t.typbasetype)
                WHERE a.attrelid = ?1 AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum, e.enumsortorder
                """, [found.id]
            ).catalogueTexts
            return Dictionary(grouping: rows) { $0[0] ?? "" }.mapValues { $0.compactMap { $0[1] } }
        }
    }

    // MARK: Indexes, and the row's address

    extension PostgreSQLCatalogue {
        private typealias Index = (index: TableDescription.Index, isPrimary: Bool)

        /// Those by which equal values are found. One that is still being made, or was not finished, is none.
        private func indexes(_ found: Found) throws -> [Index] {
            let rows = try connection.query(
                """
                SELECT i.indexrelid, c.relname, i.indisunique, i.indpred IS NOT NULL, i.indisprimary, a.attname
                FROM pg_catalog.pg_index i
                JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
                JOIN pg_catalog.pg_am m ON m.oid = c.relam
                CROSS JOIN pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (place)
                LEFT JOIN pg_catalog.pg_attribute a
                    ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place] AND a.attnum > 0
                WHERE i.indrelid = ?1 AND i.indisvalid AND m.amname IN ('btree', 'hash')
                ORDER BY i.indisprimary DESC, i.indexrelid, k.place
                """, [found.id]
            ).catalogueTexts
            return rows.chunked { $0[0] == $1[0] }.map { rows in
                let index = TableDescription.Index(
                    name: rows[0][1] ?? "", columns: rows.map { $0[5] }, isUnique: rows[0][2] == "1",
                    isPartial: rows[0][3] == "1")
                return (index, rows[0][4] == "1")
            }
        }

        /// The primary key; else what is as good: numbers rather than uuids, those rather than anything else, which might be the
        /// message's own key and change.
        private func address(_ found: Found, _ columns: [Column], _ indexes: [Index]) throws -> RowAddress {
            let candidates = indexes.compactMap { index, isPrimary -> (column: Column, rank: Int)? in
                guard index.isUnique, !index.isPartial, index.columns.count == 1, let name = index.columns[0],
                    let column = columns.first(where: { $0.column.name == name }), column.column.isNotNull
                else { return nil }
                return (column, isPrimary ? 0 : column.isWhole ? 1 : column.isUUID ? 2 : 3)
            }
            guard let best = candidates.min(by: { $0.rank < $1.rank })?.column else {
                throw LedgerError(
                    .unusable,
                    "table \(table) in \(place) has no column that tells its rows apart: give it a primary key of one column,"
                        + " or another number beside the one it has: ALTER TABLE \(found.qualifiedName) ADD COLUMN row_number"
                        + " BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE")
            }
            return RowAddress(
                column: quoted(name: best.column.name), kind: best.isWhole ? .number : .text, type: best.column.type)
        }
    }

    extension Array {
        /// Neighbours that belong together.
        fileprivate func chunked(_ belong: (Element, Element) -> Bool) -> [[Element]] {
            var chunks: [[Element]] = []
            for element in self {
                if let last = chunks.last?.last, belong(last, element) {
                    chunks[chunks.count - 1].append(element)
                } else {
                    chunks.append([element])
                }
            }
            return chunks
        }
    }
#endif

#if MySQL
    /// What the account may do, as `SHOW GRANTS` says it, with the roles that are on.
    struct MySQLGrants {
        private let grants: [Grant]
        /// `'reconciler'@'%'`
        let account: String

        init(on connection: any ServerConnection) throws {
            let user = try connection.query("SELECT CURRENT_USER()", []).rows.first?[0] ?? ""
            account = Self.account(user)
            // MariaDB says what roles give by itself, MySQL only for those that are named.
            var lines = try connection.query("SHOW GRANTS", []).texts(of: 0).compactMap(\.self)
            if lines.contains(where: { $0.hasPrefix("GRANT") && !$0.contains(" ON ") && $0.contains("@") }),
                let roles = try connection.query("SELECT CURRENT_ROLE()", []).rows.first?[0], roles.contains("@")
            {
                lines += try connection.query("SHOW GRANTS FOR CURRENT_USER() USING \(roles)", []).texts(of: 0)
                    .compactMap(\.self)
            }
            grants = lines.compactMap(Grant.init)
        }

        /// Whether it may do that to the whole table.
        func allow(_ privilege: String, on database: String, _ table: String) -> Bool {
            grants.contains { $0.isAbout(database, table) && $0.allows(privilege) }
        }

        /// Whether it may do that to the column.
        func allow(_ privilege: String, on database: String, _ table: String, column: String) -> Bool {
            grants.contains { $0.isAbout(database, table) && $0.allows(privilege, column: column) }
        }

        /// - Parameter user: `reconciler@%`
        private static func account(_ user: String) -> String {
            let end = user.lastIndex(of: "@") ?? user.endIndex
            return "\(quoted(text: String(user[..<end])))@\(quoted(text: String(user[end...].dropFirst())))"
        }

        /// ``GRANT SELECT, UPDATE (`status`, `code`) ON `shop`.`orders` TO …``; all quotes may be double ones.
        private struct Grant {
            private let privileges: String
            private let database: String
            private let table: String

            init?(_ line: String) {
                guard line.hasPrefix("GRANT "), let on = line.firstRange(of: " ON "),
                    let to = line.firstRange(of: " TO ")
                else {
                    return nil
                }
                privileges = String(line[..<on.lowerBound].dropFirst("GRANT ".count))
                var names = Self.names(line[on.upperBound..<to.lowerBound])[...]
                guard names.count == 2, let first = names.popFirst(), let second = names.popFirst() else { return nil }
                (database, table) = (first, second)
            }

            func isAbout(_ database: String, _ table: String) -> Bool {
                Self.like(self.database, database)
                    && (self.table == "*" || self.table.lowercased() == table.lowercased())
            }

            func allows(_ privilege: String) -> Bool {
                Self.parts(privileges).contains { $0 == privilege || $0.hasPrefix("ALL PRIVILEGES") }
            }

            func allows(_ privilege: String, column: String) -> Bool {
                allows(privilege)
                    || Self.parts(privileges).contains { part in
                        part.hasPrefix("\(privilege) (")
                            && Self.names(part.dropFirst(privilege.count + 2).dropLast(), separator: ",")
                                .contains { $0.lowercased() == column.lowercased() }
                    }
            }

            /// Divided at the commas outside of parentheses.
            private static func parts(_ list: String) -> [String] {
                var parts = [""]
                var depth = 0
                for character in list {
                    if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
                    if character == ",", depth == 0 {
                        parts.append("")
                    } else {
                        parts[parts.count - 1].append(character)
                    }
                }
                return parts.map { String($0.trimmingPrefix(" ")) }
            }

            /// Names with or without quotes.
            private static func names(_ text: Substring, separator: Character = ".") -> [String] {
                var names = [""]
                var quote: Character?
                for character in text {
                    if character == quote {
                        quote = nil
                    } else if quote == nil, character == "`" || character == "\"" {
                        quote = character
                    } else if quote == nil, character == separator {
                        names.append("")
                    } else if quote != nil || character != " " {
                        names[names.count - 1].append(character)
                    }
                }
                return names
            }

            /// The name of a database in a grant: `%` and `_` stand for others unless a backslash is before them.
            private static func like(_ pattern: String, _ name: String) -> Bool {
                guard pattern != "*" else { return true }
                return like(Array(pattern.lowercased())[...], Array(name.lowercased())[...])
            }

            private static func like(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
                guard let first = pattern.first else { return name.isEmpty }
                let rest = pattern.dropFirst()
                switch first {
                case "%": return like(rest, name) || !name.isEmpty && like(pattern, name.dropFirst())
                case "_": return !name.isEmpty && like(rest, name.dropFirst())
                case "\\" where !rest.isEmpty:
                    return name.first == rest.first && like(rest.dropFirst(), name.dropFirst())
                default: return name.first == first && like(rest, name.dropFirst())
                }
            }
        }
    }

    extension MySQLServer {
        static func missingGrants(
            _ table: TableDescription, written columns: [String], inserts: Bool, on connection: any ServerConnection
        ) throws -> [String] {
            let grants = try MySQLGrants(on: connection)
            let here = try connection.query("SELECT DATABASE()", []).rows.first?[0] ?? ""
            let database = table.qualifiedName.hasSuffix(".\(quoted(name: table.name))") ? table.database : here
            var missing = ["SELECT"].filter { !grants.allow($0, on: database, table.name) }
            if inserts, !grants.allow("INSERT", on: database, table.name) { missing.append("INSERT") }
            let unwritable = columns.filter { !grants.allow("UPDATE", on: database, table.name, column: $0) }
            if !unwritable.isEmpty {
                missing.append("UPDATE (\(unwritable.map(MySQLCatalogue.pasted).joined(separator: ", ")))")
            }
            return
                ([(database, table.name, missing)]
                + ownTables.map { own in (here, own, ownPrivileges.filter { !grants.allow($0, on: here, own) }) })
                .filter { !$0.2.isEmpty }
                .map { database, name, privileges in
                    "GRANT \(privileges.joined(separator: ", ")) ON \(MySQLCatalogue.pasted(database)).\(MySQLCatalogue.pasted(name))"
                        + " TO \(grants.account);"
                }
        }

        private static let ownPrivileges = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"]

        /// A grant may name a table that is yet to be made.
        private static var ownTables: [String] {
            (Migration.all.flatMap(\.tables) + LeaseTable.definitions).map(\.name)
        }
    }

    extension TableDescription {
        /// That it is in: the first of its qualified name's two.
        fileprivate var database: String {
            let quotedName = qualifiedName.dropLast(quoted(name: name).count + 1)
            return String(quotedName.dropFirst().dropLast()).replacing("\"\"", with: "\"")
        }
    }
#endif

#if MySQL
    internal import Reconciliation

    /// How a session is set up: what the shared statements rely on, and how long anything may take.
    struct MySQLSession {
        /// To be said one after the other.
        let statements: [String]
        /// In seconds, where the server has no limit of its own for idle transactions; else nil.
        let idleLimit: Int?

        /// - Parameter known: those of `variables` that the server has.
        init(_ limits: ServerLimits, known: Set<String>) {
            let idle = Int(limits.idleInTransaction.wholeSeconds)
            let values = Self.values(limits).filter { known.contains($0.name) }
            statements = [
                "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
                "SET " + values.map { "SESSION \($0.name) = \($0.value)" }.joined(separator: ", "),
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            ]
            idleLimit = known.isDisjoint(with: Self.idleVariables) ? idle : nil
        }

        static let variables = values(ServerLimits()).map(\.name)

        private static let idleVariables = ["idle_transaction_timeout", "tidb_idle_transaction_timeout"]

        /// Standard quotes, `||`, and an error for what a column cannot hold. Not more: with NO_ZERO_DATE and NO_ZERO_IN_DATE the
        /// dates `0000-00-00` that applications have in their rows, or as a default, would be errors of ours.
        private static let mode =
            "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_UNSIGNED_SUBTRACTION,NO_ENGINE_SUBSTITUTION"

        private static func values(_ limits: ServerLimits) -> [(name: String, value: String)] {
            let idle = String(limits.idleInTransaction.wholeSeconds)
            let lock = String(limits.lock.wholeSeconds)
            let answer = limits.statement.wholeSeconds
            return [
                ("sql_mode", quoted(text: mode)),
                ("time_zone", quoted(text: Zone(secondsEastOfUTC: limits.utcOffset).offset)),
                ("autocommit", "1"),
                ("sql_safe_updates", "0"),
                ("innodb_lock_wait_timeout", lock),
                ("lock_wait_timeout", lock),
                ("max_statement_time", String(answer)),  // MariaDB: seconds
                ("max_execution_time", String(answer * 1000)),  // MySQL, TiDB: milliseconds
                ("idle_transaction_timeout", idle),  // MariaDB: seconds
                ("tidb_idle_transaction_timeout", idle),
                // A client that is frozen while it sends or is sent something.
                ("net_read_timeout", idle),
                ("net_write_timeout", idle),
            ]
        }
    }
#endif

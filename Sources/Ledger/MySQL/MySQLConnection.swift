#if MySQL
    internal import CMariaDB
    internal import Glibc
    internal import Reconciliation

    /// A connection to MySQL, MariaDB, or what speaks their protocol, by MariaDB's client library.
    final class MySQLConnection: ServerConnection {
        private let handle: UnsafeMutablePointer<MYSQL>
        /// Prepared, by their texts.
        private var statements: [String: MySQLStatement] = [:]
        private static let mostStatements = 200
        /// Runs of statements so far.
        private var runs = 0
        /// Where the server has no limit of its own for a transaction that is idle: the session gets it for as long as one lasts.
        private var idleLimit: Int?
        private var hasIdleLimit = false
        private var isClosed = false
        private var wasLost = false

        init(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) {
            handle = try Self.connected(server, limits)
            let session = MySQLSession(limits, known: try knownVariables())
            for statement in session.statements { _ = try plain(statement) }
            idleLimit = session.idleLimit
        }

        deinit { close() }

        func query(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult {
            guard !isClosed else { throw ServerError(kind: .lost, code: "2006", message: "the connection was closed") }
            do {
                let result = try MySQLStatement.canPrepare(sql) ? prepared(sql, values) : spoken(sql)
                try limitIdleness()
                return result
            } catch {
                wasLost = wasLost || error.kind == .lost
                throw error
            }
        }

        /// A server that ends a connection hangs up, which is known before anything is asked of it.
        var isLost: Bool {
            guard !isClosed, !wasLost else { return true }
            var state = pollfd(fd: mysql_get_socket(handle), events: Self.hangUp, revents: 0)
            return poll(&state, 1, 0) > 0
        }

        /// `POLLRDHUP`, which Swift does not see.
        private static let hangUp: Int16 = 0x2000

        func close() {
            guard !isClosed else { return }
            isClosed = true
            statements.removeAll()
            mysql_close(handle)
        }
    }

    // MARK: Statements

    extension MySQLConnection {
        private func prepared(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult {
            let statement = try statement(sql)
            runs += 1
            statement.lastRun = runs
            do {
                return try statement.run(values)
            } catch {
                // Whatever is wrong with it is not kept; what the table refuses is the values' fault.
                if error.kind != .rejected { statements[sql] = nil }
                throw error
            }
        }

        private func statement(_ sql: String) throws(ServerError) -> MySQLStatement {
            if let known = statements[sql] { return known }
            if statements.count >= Self.mostStatements,
                let oldest = statements.min(by: { $0.value.lastRun < $1.value.lastRun })
            {
                statements[oldest.key] = nil
            }
            let new = try MySQLStatement(handle, sql)
            statements[sql] = new
            return new
        }

        /// What cannot be prepared, or need not be.
        private func spoken(_ sql: String) throws(ServerError) -> ServerResult {
            guard sql != MySQLServer.beginReading else {
                for part in MySQLServer.readingBeginnings { _ = try plain(part) }
                return ServerResult()
            }
            do {
                return try plain(sql)
            } catch  where MySQLDialect.isMadeAlready(sql, error) {
                return ServerResult()
            }
        }

        private func plain(_ sql: String) throws(ServerError) -> ServerResult {
            guard mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0 else { throw ServerError(handle) }
            guard mysql_field_count(handle) > 0 else {
                return ServerResult(
                    changed: Int(clamping: mysql_affected_rows(handle)),
                    insertID: Int64(clamping: mysql_insert_id(handle)))
            }
            guard let rows = mysql_store_result(handle) else { throw ServerError(handle) }
            defer { mysql_free_result(rows) }
            return ServerResult(texts: rows)
        }

        /// Lets the server end a transaction whose client is frozen, and leaves the session alone outside of one.
        private func limitIdleness() throws(ServerError) {
            guard let idleLimit else { return }
            let isInTransaction = handle.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS) != 0
            guard isInTransaction != hasIdleLimit else { return }
            hasIdleLimit = isInTransaction
            do {
                _ = try plain("SET SESSION wait_timeout = \(isInTransaction ? String(idleLimit) : "DEFAULT")")
            } catch  where !isInTransaction {
                // What was to be done is done. That the connection is lost, or soon ends, is seen at the next statement.
            }
        }
    }

    // MARK: Connecting

    extension MySQLConnection {
        private static let isLibraryReady = mysql_server_init(0, nil, nil) == 0
        /// The server's own word that a statement took too long comes before the client gives up.
        private static let grace = Duration.seconds(2)

        private static func connected(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError)
            -> UnsafeMutablePointer<MYSQL>
        {
            guard isLibraryReady, let handle = mysql_init(nil) else {
                throw ServerError(kind: .other, code: "2008", message: "MariaDB's client library could not be set up")
            }
            set(handle, MYSQL_OPT_CONNECT_TIMEOUT, limits.connect.wholeSeconds)
            set(handle, MYSQL_OPT_READ_TIMEOUT, (limits.statement + grace).wholeSeconds)
            set(handle, MYSQL_OPT_WRITE_TIMEOUT, limits.answer.wholeSeconds)
            set(handle, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
            set(handle, MYSQL_OPT_LOCAL_INFILE, 0)
            mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
            secure(handle, server)
            let isConnected = mysql_real_connect(
                handle, server.host, server.user, server.password?.reveal(), server.database,
                UInt32(clamping: server.port ?? 3306), nil, UInt(CLIENT_FOUND_ROWS))
            guard isConnected != nil else {
                let error = ServerError(handle)
                mysql_close(handle)
                throw error
            }
            return handle
        }

        /// TLS, with the system's authorities, where the server is on another machine. On this one there is none, and whoever
        /// listens in the server's place is not told the password.
        private static func secure(_ handle: UnsafeMutablePointer<MYSQL>, _ server: ServerAddress) {
            set(handle, MYSQL_OPT_SSL_ENFORCE, !server.isLoopback)
            set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, !server.isLoopback)
            if server.isLoopback {
                let secret = "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519"
                mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, secret)
            }
        }

        private static func set(_ handle: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ value: UInt32) {
            withUnsafePointer(to: value) { _ = mysql_options(handle, option, $0) }
        }

        private static func set(_ handle: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ isOn: Bool) {
            withUnsafePointer(to: my_bool(isOn ? 1 : 0)) { _ = mysql_options(handle, option, $0) }
        }

        /// Of those the session would set: MySQL, MariaDB and TiDB each have their own.
        private func knownVariables() throws(ServerError) -> Set<String> {
            let names = MySQLSession.variables.map { quoted(text: $0) }.joined(separator: ", ")
            let found = try plain("SHOW SESSION VARIABLES WHERE Variable_name IN (\(names))")
            return Set(found.texts(of: 0).compactMap(\.self))
        }
    }

    extension Duration {
        /// At least one; rounded up.
        var wholeSeconds: UInt32 {
            let (seconds, rest) = components
            return UInt32(clamping: max(1, seconds + (rest > 0 ? 1 : 0)))
        }
    }
#endif

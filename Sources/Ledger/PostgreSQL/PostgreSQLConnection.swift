#if PostgreSQL
    internal import CPostgreSQL
    internal import Glibc
    internal import Reconciliation

    /// A connection by libpq. It keeps nothing in the session that a pooler in transaction mode (PgBouncer) would lose, or would
    /// hand to others: the settings hold for one transaction, and go with its beginning in one round trip; a statement outside
    /// one gets them the same way. No statement stays prepared.
    final class PostgreSQLConnection: ServerConnection {
        private let handle: OpaquePointer
        private let limits: ServerLimits
        private let settings: PostgreSQLStatement
        private var isClosed = false

        /// The client encoding and the name are known to PgBouncer, and kept by it for each of its clients.
        init(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) {
            let parameters = Self.parameters(server, limits)
            guard let handle = Self.begin(parameters) else {
                throw ServerError(kind: .other, code: "", message: "no memory for a connection")
            }
            self.handle = handle
            self.limits = limits
            settings = PostgreSQLStatement(Self.settings(limits))
            // Warnings would go to standard error.
            PQsetNoticeReceiver(handle, { _, _ in }, nil)
            _ = PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            do throws(ServerError) {
                try finishConnecting()
            } catch {
                close()
                throw error
            }
        }

        deinit {
            close()
        }

        func close() {
            guard !isClosed else { return }
            isClosed = true
            PQfinish(handle)
        }

        /// Looks at the connection, too: a server that ends it says so at any time.
        var isLost: Bool {
            guard !isClosed, PQstatus(handle) == CONNECTION_OK else { return true }
            // What was sent unasked comes before the end.
            for _ in 0..<3 where PostgreSQLSocket(handle).isReady(for: POLLIN, within: .zero) {
                guard PQconsumeInput(handle) == 1 else { return true }
                _ = PQisBusy(handle)
            }
            return PQstatus(handle) != CONNECTION_OK
        }

        func query(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult {
            guard !isClosed else { throw ServerError(kind: .lost, code: "", message: "the connection is closed") }
            let statement = try PostgreSQLStatement(sql, values.map(held))
            let begins = sql.hasPrefix("BEGIN")
            // What cannot be done in a transaction goes without settings.
            let isAlone =
                !begins && PQtransactionStatus(handle) == PQTRANS_IDLE && !PostgreSQLDialect.isConcurrent(sql)
            let statements = begins ? [statement, settings] : isAlone ? [settings, statement] : [statement]
            let exchange = PostgreSQLExchange(handle, until: .uptime + limits.statement)
            do throws(ServerError) {
                let results = try exchange.run(statements)
                let result = results[isAlone ? 1 : 0]
                guard sql != "COMMIT" || result.command == "COMMIT" else {
                    throw ServerError(
                        kind: .other, code: "25P02", message: "the transaction had failed, and was rolled back")
                }
                return result.contents()
            } catch {
                // Nothing more can be said by a connection on which an answer is still to come.
                if error.kind == .lost {
                    close()
                } else if begins {
                    _ = try? exchange.run([PostgreSQLStatement("ROLLBACK")])
                }
                throw error
            }
        }
    }

    // MARK: Characters

    extension PostgreSQLConnection {
        /// Without what the database has no characters for: no statement could even be told of it. Of encodings that are neither
        /// Latin nor Unicode nothing is known here.
        private func held(_ value: SQLValue) -> SQLValue {
            guard case .text(let text) = value, isLatin, text.unicodeScalars.contains(where: { $0.value > 0xff }) else {
                return value
            }
            var held = String.UnicodeScalarView()
            for scalar in text.unicodeScalars { held.append(scalar.value > 0xff ? "?" : scalar) }
            return .text(String(held))
        }

        private var isLatin: Bool {
            PQparameterStatus(handle, "server_encoding").map { String(cString: $0) == "LATIN1" } ?? false
        }
    }

    // MARK: Connecting

    extension PostgreSQLConnection {
        private static func parameters(_ server: ServerAddress, _ limits: ServerLimits) -> [(String, String)] {
            var parameters = [
                ("host", server.host), ("port", String(server.port ?? 5432)), ("dbname", server.database),
                ("user", server.user), ("client_encoding", "UTF8"), ("application_name", "bizgo-reconciler"),
                ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
                ("tcp_user_timeout", String(limits.answer.wholeMilliseconds)), ("gssencmode", "disable"),
            ]
            if let password = server.password { parameters.append(("password", password.reveal())) }
            guard !server.isLoopback else { return parameters + [("sslmode", "disable")] }
            parameters.append(("sslmode", "verify-full"))
            if let authorities { parameters.append(("sslrootcert", authorities)) }
            return parameters
        }

        /// The system's certificate authorities: libpq knows where they are from version 16 on. Nil leaves them to libpq: where
        /// `PGSSLROOTCERT` names others.
        private static var authorities: String? {
            if getenv("PGSSLROOTCERT") != nil { return nil }
            if PQlibVersion() >= 160_000 { return "system" }
            let bundles = [
                "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                "/etc/ssl/cert.pem",
            ]
            return bundles.first { access($0, R_OK) == 0 }
        }

        private static func begin(_ parameters: [(String, String)]) -> OpaquePointer? {
            func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
            let names = copies(parameters.map(\.0))
            let values = copies(parameters.map(\.1))
            defer { for text in names + values { free(text) } }
            return PQconnectStartParams(names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
        }

        private func finishConnecting() throws(ServerError) {
            let deadline = Duration.uptime + limits.connect
            var state = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
            while state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING {
                let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
                guard PostgreSQLSocket(handle).isReady(for: events, within: deadline - .uptime) else {
                    let seconds = limits.connect.wholeMilliseconds / 1000
                    throw ServerError(kind: .lost, code: "", message: "no connection within \(seconds) s")
                }
                state = PQconnectPoll(handle)
            }
            guard state == PGRES_POLLING_OK else { throw ServerError(connecting: handle) }
            PQsetnonblocking(handle, 1)
        }

        /// One `SELECT`, for it is to go with another statement. A role for which commits need not be durable is told otherwise.
        private static func settings(_ limits: ServerLimits) -> String {
            // The server gives up first, and says so.
            let answer = limits.statement.wholeMilliseconds * 9 / 10
            let values = [
                ("TimeZone", zone(limits.utcOffset)), ("DateStyle", "ISO, YMD"), ("standard_conforming_strings", "on"),
                ("statement_timeout", String(max(1, answer))),
                ("lock_timeout", String(max(1, limits.lock.wholeMilliseconds))),
                ("idle_in_transaction_session_timeout", String(max(1, limits.idleInTransaction.wholeMilliseconds))),
            ]
            let calls = values.map { "set_config('\($0.0)', '\($0.1)', true)" }
            let durable =
                "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"
            return "SELECT \((calls + [durable]).joined(separator: ", "))"
        }

        /// A zone of that offset, by POSIX' rules: the sign in it means west.
        private static func zone(_ utcOffset: Int) -> String {
            guard utcOffset != 0 else { return "UTC" }
            let minutes = abs(utcOffset) / 60
            func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let clock = digits(minutes / 60) + (minutes % 60 == 0 ? "" : ":" + digits(minutes % 60))
            return utcOffset > 0 ? "<+\(clock)>-\(clock)" : "<-\(clock)>+\(clock)"
        }
    }

    extension Duration {
        fileprivate var wholeMilliseconds: Int { Int(self / .milliseconds(1)) }
    }
#endif

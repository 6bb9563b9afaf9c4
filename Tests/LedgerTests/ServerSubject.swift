#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation

    /// A table as an ORM makes it at a server, in a database of its own, with the application's hand on it by a connection of
    /// its own.
    actor ServerSubject: ContractSubject {
        let ledger: any LedgerUnderTest
        private let hand: Hand

        /// Used by the actor alone.
        struct Hand: @unchecked Sendable {
            /// Keeps the database.
            let fixture: AnyObject
            let connection: any ServerConnection
        }

        init(
            _ hand: Hand, at address: ServerAddress, table: [String], findsByKey: Bool, hasAllReports: Bool = false
        ) throws {
            self.hand = hand
            for statement in table { _ = try hand.connection.query(statement, []) }
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            configuration.place = .server(address)
            configuration.findsByKey = findsByKey
            configuration.hasAllReports = hasAllReports
            ledger = try SQLLedger.open(configuration, mode: .readWrite)
        }

        func add(_ key: String?, _ status: RowStatus, acceptedAt: Timestamp) {
            run(
                "INSERT INTO notification_history (external_id, status, created_at) VALUES (?1, ?2, ?3)",
                SQLValue(key), .text(word(status)), time(acceptedAt))
        }

        func set(_ key: String, _ status: RowStatus) {
            run(
                "UPDATE notification_history SET status = ?2 WHERE external_id = ?1", .text(key),
                .text(word(status)))
        }

        func settle(_ key: String, _ status: RowStatus, at time: Timestamp) {
            run(
                "UPDATE notification_history SET status = ?2, updated_at = ?3 WHERE external_id = ?1", .text(key),
                .text(word(status)), self.time(time))
        }

        func remove(_ key: String) { run("DELETE FROM notification_history WHERE external_id = ?1", .text(key)) }

        func status(_ key: String) -> RowStatus? {
            let found = run("SELECT status FROM notification_history WHERE external_id = ?1", .text(key))
            return found.cells.first.flatMap(\.self).map { text in
                [.pending, .sent, .deadLetter].first { word($0) == String(decoding: text, as: UTF8.self) } ?? .other
            }
        }

        @discardableResult
        private func run(_ sql: String, _ values: SQLValue...) -> ServerResult {
            do {
                return try hand.connection.query(sql, values)
            } catch {
                preconditionFailure("\(error)")
            }
        }

        /// As a driver writes it: in Korea's time, without saying so.
        private func time(_ time: Timestamp) -> SQLValue {
            .text(String(time.iso8601(offset: KoreanTime.offset).prefix(19)).replacing("T", with: " "))
        }

        private func word(_ status: RowStatus) -> String {
            switch status {
            case .pending: "PENDING"
            case .sent: "SENT"
            case .deadLetter: "DEAD_LETTER"
            case .other: "CANCELLED"
            }
        }
    }

    /// Has little time for what a server is to say within it, and more where the connection was given up before: a busy machine
    /// may let the server stand still for that long.
    func withLittleTime(_ body: (Duration) throws -> Void) throws {
        for seconds in [1, 5] {
            do {
                return try body(.seconds(seconds))
            } catch let error as ServerError where error.kind == .lost {
                continue
            }
        }
        try body(.seconds(25))
    }

    extension ServerConnection {
        /// What goes wrong with a statement, other than that the connection is given up; nil where nothing does.
        func failureSaid(_ sql: String) throws(ServerError) -> ServerError? {
            do throws(ServerError) {
                _ = try query(sql, [])
                return nil
            } catch {
                guard error.kind != .lost else { throw error }
                return error
            }
        }
    }
#endif

#if MySQL
    extension ServerSubject {
        /// As Hibernate makes it.
        static func mysql(
            id: String = "BIGINT AUTO_INCREMENT", findsByKey: Bool = false, hasAllReports: Bool = false
        ) throws -> ServerSubject {
            let fixture = try MySQLFixture()
            let connection = try fixture.connect(ServerLimits(utcOffset: KoreanTime.offset))
            return try ServerSubject(
                Hand(fixture: fixture, connection: connection), at: fixture.address,
                table: [
                    """
                    CREATE TABLE notification_history (id \(id) PRIMARY KEY, external_id VARCHAR(768) UNIQUE,
                        status ENUM('PENDING', 'SENT', 'DEAD_LETTER', 'CANCELLED') NOT NULL, service_type VARCHAR(20),
                        report_code VARCHAR(20), error_message VARCHAR(500), created_at DATETIME(6) NOT NULL,
                        updated_at DATETIME(6), KEY by_status (status))
                    """
                ], findsByKey: findsByKey, hasAllReports: hasAllReports)
        }
    }
#endif

#if PostgreSQL
    extension ServerSubject {
        static func postgresql(
            id: String = "BIGINT GENERATED BY DEFAULT AS IDENTITY", isPooled: Bool = false, findsByKey: Bool = false,
            hasAllReports: Bool = false
        ) throws -> ServerSubject {
            let database = TestDatabase()
            var address = database.address
            if isPooled {
                address = TestPostgreSQL.pooled
                address.database = database.name
            }
            return try ServerSubject(
                Hand(fixture: database, connection: try database.connect()), at: address,
                table: [
                    "CREATE TYPE message_status AS ENUM ('PENDING', 'SENT', 'DEAD_LETTER', 'CANCELLED')",
                    """
                    CREATE TABLE notification_history (id \(id) PRIMARY KEY, external_id TEXT UNIQUE,
                        status message_status NOT NULL, service_type TEXT, report_code TEXT, error_message TEXT,
                        created_at TIMESTAMPTZ NOT NULL, updated_at TIMESTAMPTZ)
                    """, "CREATE INDEX by_status ON notification_history (status)",
                ], findsByKey: findsByKey, hasAllReports: hasAllReports)
        }
    }
#endif

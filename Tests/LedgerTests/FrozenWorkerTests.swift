#if MySQL || PostgreSQL
    import Engine
    @testable import Ledger
    import Reconciliation
    import Testing

    /// A worker that is frozen within a transaction, and so keeps the lease's row locked.
    @Suite struct FrozenWorkerTests {
        @Test(
            "holds others up no longer than its claim lasts",
            arguments: [(0.2, 1.0), (1, 1), (4, 4), (10, 10), (60, 10)])
        func limit(interval: Double, limit: Double) {
            #expect(ServerLimits(configuration(every: .seconds(interval))).idleInTransaction == .seconds(limit))
            #expect(Lease(interval: .seconds(max(1, interval))).lasts > .seconds(limit))
        }

        private func configuration(every interval: Duration, at address: ServerAddress? = nil) -> LedgerConfiguration {
            var configuration = LedgerConfiguration(policy: .usual, alertRules: .usual)
            if let address { configuration.place = .server(address) }
            configuration.interval = interval
            // Not as long as the longest limit.
            configuration.busyTimeout = .seconds(8)
            return configuration
        }

        /// Within a transaction that has the lease's row. Again where a busy machine let this thread stand still before that: then
        /// the server may have ended the session.
        private func locked(
            _ address: ServerAddress, _ connect: () throws -> any ServerConnection
        ) throws -> any ServerConnection {
            for _ in 1...20 {
                let connection = try connect()
                do throws(ServerError) {
                    _ = try connection.query(
                        address.scheme == .mysql ? "START TRANSACTION" : "BEGIN ISOLATION LEVEL READ COMMITTED", [])
                    _ = try connection.query("SELECT name FROM reconciler_lease FOR UPDATE", [])
                    return connection
                } catch {
                    connection.close()
                    guard error.kind == .lost else { throw error }
                }
            }
            throw ServerError(kind: .lost, code: "", message: "twenty sessions were ended before they had the lock")
        }

        /// - Parameter connect: as the worker does, with these limits.
        private func freeze(
            at address: ServerAddress, _ connect: (ServerLimits) throws -> any ServerConnection
        ) async throws {
            let configuration = configuration(every: .seconds(1), at: address)
            let leases = DatabaseLeases(configuration)
            let worker = LeaseInstance(id: "a", host: "a", processID: 1)
            _ = try await leases.claim(.cycles, by: worker, for: .milliseconds(1))
            let frozen = try locked(address) { try connect(ServerLimits(configuration)) }
            defer { frozen.close() }
            let claim = try await leases.claim(
                .cycles, by: LeaseInstance(id: "b", host: "b", processID: 2), for: .seconds(90))
            #expect(claim == .had(term: 2))
            await leases.close()
        }

        #if MySQL
            @Test("is taken over from in time", .onMySQL) func mysql() async throws {
                let fixture = try MySQLFixture()
                try await freeze(at: fixture.address) { try fixture.connect($0) }
            }
        #endif

        #if PostgreSQL
            @Test("is taken over from in time", .enabled(if: TestPostgreSQL.isThere)) func postgresql() async throws {
                let database = TestDatabase()
                try await freeze(at: database.address) { limits in try database.connect { $0 = limits } }
            }
        #endif
    }
#endif

#if PostgreSQL
    internal import CPostgreSQL
    internal import Glibc

    /// One round trip: statements that are sent together and answered together, until a deadline. Without a transaction they are
    /// one of their own.
    struct PostgreSQLExchange {
        private let handle: OpaquePointer
        private let deadline: Duration

        init(_ handle: OpaquePointer, until deadline: Duration) {
            self.handle = handle
            self.deadline = deadline
        }

        /// - Returns: a result for each.
        /// - Throws: what the first that failed said. `lost` when the deadline has passed: what was sent may still be done.
        func run(_ statements: [PostgreSQLStatement]) throws(ServerError) -> [PostgreSQLResult] {
            guard PQenterPipelineMode(handle) == 1 else { throw failure() }
            do throws(ServerError) {
                for statement in statements { try send(statement) }
            } catch {
                _ = PQpipelineSync(handle)
                _ = try results()
                throw error
            }
            guard PQpipelineSync(handle) == 1 else { throw failure() }
            let results = try results()
            if let failed = results.first(where: { $0.isError }) { throw failed.error(isConnected: isConnected) }
            guard results.count == statements.count else { throw failure() }
            return results
        }

        private var isConnected: Bool { PQstatus(handle) == CONNECTION_OK }

        private func failure() -> ServerError {
            let message = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            return ServerError(postgreSQL: nil, isConnected: isConnected, otherwise: message)
        }

        private func send(_ statement: PostgreSQLStatement) throws(ServerError) {
            let types = statement.types
            let sent = statement.withTexts { texts in
                PQsendQueryParams(handle, statement.sql, Int32(clamping: types.count), types, texts, nil, nil, 0)
            }
            guard sent == 1 else { throw failure() }
        }

        /// All of them, and leaves the connection ready for others. What the server said before it ended the connection is
        /// among them.
        private func results() throws(ServerError) -> [PostgreSQLResult] {
            var results: [PostgreSQLResult] = []
            var gaps = 0
            while true {
                try awaitResult()
                guard let result = PQgetResult(handle) else {
                    // There is none once between two.
                    gaps += 1
                    guard isConnected, gaps < 2 else { return results }
                    continue
                }
                gaps = 0
                if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                    PQclear(result)
                    guard PQexitPipelineMode(handle) == 1 else { throw failure() }
                    return results
                }
                results.append(PostgreSQLResult(result))
            }
        }

        /// Sends what is left, and reads until a result is there or the connection is gone.
        private func awaitResult() throws(ServerError) {
            while isConnected {
                let unsent = PQflush(handle)
                guard unsent >= 0, PQisBusy(handle) == 1 else { return }
                guard
                    PostgreSQLSocket(handle).isReady(
                        for: unsent == 1 ? POLLIN | POLLOUT : POLLIN, within: deadline - .uptime)
                else {
                    throw ServerError(kind: .lost, code: "", message: "no answer in time")
                }
                guard PQconsumeInput(handle) == 1 else { return }
            }
        }
    }

    /// A connection's, for waiting.
    struct PostgreSQLSocket {
        private let descriptor: Int32

        init(_ handle: OpaquePointer) {
            descriptor = PQsocket(handle)
        }

        /// Also when it has ended.
        func isReady(for events: Int32, within time: Duration) -> Bool {
            let deadline = Duration.uptime + time
            while true {
                var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
                let left = max(.zero, deadline - .uptime)
                let count = poll(&entry, 1, Int32(clamping: Int((left / .milliseconds(1)).rounded(.up))))
                if count >= 0 { return count > 0 }
                guard errno == EINTR else { return true }
            }
        }
    }
#endif

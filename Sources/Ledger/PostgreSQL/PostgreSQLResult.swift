#if PostgreSQL
    internal import CPostgreSQL

    /// A result of libpq's, freed with the value.
    final class PostgreSQLResult {
        private let handle: OpaquePointer

        init(_ handle: OpaquePointer) {
            self.handle = handle
        }

        deinit {
            PQclear(handle)
        }

        var isError: Bool {
            switch PQresultStatus(handle) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: false
            default: true
            }
        }

        func error(isConnected: Bool) -> ServerError {
            let message = PQresultErrorMessage(handle).map { String(cString: $0) } ?? ""
            return ServerError(postgreSQL: handle, isConnected: isConnected, otherwise: message)
        }

        /// `SELECT`, `INSERT`, `COMMIT` …
        var command: String {
            let status = PQcmdStatus(handle).map { String(cString: $0) } ?? ""
            return status.split(separator: " ").first.map(String.init) ?? ""
        }

        func contents() -> ServerResult {
            let columns = 0..<PQnfields(handle)
            let types = columns.map { PQftype(handle, $0) }
            var result = ServerResult(kinds: types.map(Self.kind))
            let rows = PQntuples(handle)
            result.cells.reserveCapacity(Int(rows) * columns.count)
            for row in 0..<rows {
                for column in columns { result.cells.append(cell(row, column, types[Int(column)])) }
            }
            if ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(command) {
                result.changed = PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0
            }
            if command == "INSERT", rows == 1, result.kinds == [.integer], let cell = result.cells.first ?? nil {
                result.insertID = Int64(String(decoding: cell, as: UTF8.self)) ?? 0
            }
            return result
        }

        private func cell(_ row: Int32, _ column: Int32, _ type: UInt32) -> [UInt8]? {
            guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else { return nil }
            if type == Self.truth {
                return [start.pointee == CChar(UInt8(ascii: "t")) ? UInt8(ascii: "1") : UInt8(ascii: "0")]
            }
            let length = Int(PQgetlength(handle, row, column))
            return Array(UnsafeRawBufferPointer(start: start, count: length))
        }

        private static let truth: UInt32 = 16

        /// By the types' numbers, which are the same in every database.
        private static func kind(_ type: UInt32) -> ServerResult.Kind {
            switch type {
            case truth, 20, 21, 23, 26: .integer
            case 700, 701, 1700: .real
            default: .text
            }
        }
    }
#endif

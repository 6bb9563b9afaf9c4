#if MySQL
    internal import CMariaDB

    /// A statement that the server has prepared; closed with the value.
    final class MySQLStatement {
        private let handle: UnsafeMutablePointer<MYSQL_STMT>
        /// For each of its parameters, which value it stands for.
        private let places: [Int]
        /// For whoever keeps it.
        var lastRun = 0

        /// Whether it is of those that bring or take rows; others, as a `COMMIT`, are not prepared.
        static func canPrepare(_ sql: String) -> Bool {
            let word = sql.drop(while: \.isWhitespace).prefix(while: \.isLetter).uppercased()
            return ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"].contains(word)
        }

        init(_ connection: UnsafeMutablePointer<MYSQL>, _ text: String) throws(ServerError) {
            guard let handle = mysql_stmt_init(connection) else { throw ServerError(connection) }
            // So that each column's buffer is as long as its longest value.
            withUnsafePointer(to: my_bool(1)) { _ = mysql_stmt_attr_set(handle, STMT_ATTR_UPDATE_MAX_LENGTH, $0) }
            let parsed = MySQLStatementText(text)
            guard mysql_stmt_prepare(handle, parsed.sql, UInt(parsed.sql.utf8.count)) == 0 else {
                let error = ServerError(statement: handle)
                mysql_stmt_close(handle)
                throw error
            }
            self.handle = handle
            places = parsed.values
        }

        deinit { mysql_stmt_close(handle) }

        func run(_ values: [SQLValue]) throws(ServerError) -> ServerResult {
            guard execute(places.map { values.indices.contains($0) ? values[$0] : .null }) else {
                throw ServerError(statement: handle)
            }
            guard mysql_stmt_field_count(handle) > 0 else {
                return ServerResult(
                    changed: Int(clamping: mysql_stmt_affected_rows(handle)),
                    insertID: Int64(clamping: mysql_stmt_insert_id(handle)))
            }
            defer { mysql_stmt_free_result(handle) }
            guard mysql_stmt_store_result(handle) == 0 else { throw ServerError(statement: handle) }
            return try MySQLColumns(handle).read()
        }

        private func execute(_ values: [SQLValue]) -> Bool {
            var memory: [UInt8] = []
            var parameters = values.map { $0.parameter(in: &memory) }
            return memory.withUnsafeMutableBytes { bytes in
                for index in parameters.indices {
                    let offset = Int(parameters[index].offset)
                    parameters[index].offset = 0
                    parameters[index].buffer = bytes.baseAddress.map { $0 + offset }
                }
                guard parameters.isEmpty || mysql_stmt_bind_param(handle, &parameters) == 0 else { return false }
                return mysql_stmt_execute(handle) == 0
            }
        }
    }

    extension SQLValue {
        /// Its type and length, its bytes at the end of the memory, and where these begin as `offset`.
        fileprivate func parameter(in memory: inout [UInt8]) -> MYSQL_BIND {
            var parameter = MYSQL_BIND()
            memory.append(contentsOf: repeatElement(0, count: -memory.count & 7))
            parameter.offset = UInt(memory.count)
            switch self {
            case .null:
                parameter.buffer_type = MYSQL_TYPE_NULL
            case .integer(let number):
                parameter.buffer_type = MYSQL_TYPE_LONGLONG
                withUnsafeBytes(of: number) { memory.append(contentsOf: $0) }
            case .real(let number):
                parameter.buffer_type = MYSQL_TYPE_DOUBLE
                withUnsafeBytes(of: number) { memory.append(contentsOf: $0) }
            case .text(let text):
                parameter.buffer_type = MYSQL_TYPE_VAR_STRING
                memory.append(contentsOf: text.utf8)
            }
            parameter.buffer_length = UInt(memory.count) - parameter.offset
            return parameter
        }
    }
#endif

#if MySQL
    internal import CMariaDB

    /// The columns of a prepared statement's result, each with a buffer that takes its longest value.
    final class MySQLColumns {
        private let statement: UnsafeMutablePointer<MYSQL_STMT>
        private let forms: [Form]
        private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
        private let lengths: UnsafeMutableBufferPointer<UInt>
        private let nulls: UnsafeMutableBufferPointer<my_bool>

        /// - Parameter statement: whose result is stored on this side.
        init(_ statement: UnsafeMutablePointer<MYSQL_STMT>) {
            self.statement = statement
            let fields = UnsafeBufferPointer(
                start: mariadb_stmt_fetch_fields(statement), count: Int(mysql_stmt_field_count(statement)))
            forms = fields.map(Form.init)
            binds = .allocate(capacity: fields.count)
            binds.initialize(repeating: MYSQL_BIND())
            lengths = .allocate(capacity: fields.count)
            lengths.initialize(repeating: 0)
            nulls = .allocate(capacity: fields.count)
            nulls.initialize(repeating: 0)
            for (index, field) in fields.enumerated() {
                let size = forms[index].size(of: field)
                binds[index].buffer_type = forms[index].type
                binds[index].is_unsigned = forms[index] == .unsigned ? 1 : 0
                binds[index].buffer = .allocate(byteCount: size, alignment: 8)
                binds[index].buffer_length = UInt(size)
                binds[index].length = lengths.baseAddress.map { $0 + index }
                binds[index].is_null = nulls.baseAddress.map { $0 + index }
            }
        }

        deinit {
            for bind in binds { bind.buffer.deallocate() }
            binds.deallocate()
            lengths.deallocate()
            nulls.deallocate()
        }

        /// All rows.
        func read() throws(ServerError) -> ServerResult {
            var result = ServerResult(kinds: forms.map(\.kind))
            guard mysql_stmt_bind_result(statement, binds.baseAddress) == 0 else {
                throw ServerError(statement: statement)
            }
            result.cells.reserveCapacity(Int(clamping: mysql_stmt_num_rows(statement)) * forms.count)
            while true {
                switch mysql_stmt_fetch(statement) {
                case 0: for index in forms.indices { result.cells.append(cell(index)) }
                case MYSQL_NO_DATA: return result
                case MYSQL_DATA_TRUNCATED:
                    throw ServerError(
                        kind: .other, code: "\(MYSQL_DATA_TRUNCATED)", message: "a value would have been cut")
                default: throw ServerError(statement: statement)
                }
            }
        }

        private func cell(_ index: Int) -> [UInt8]? {
            guard nulls[index] == 0, let buffer = binds[index].buffer else { return nil }
            return forms[index].text(buffer, length: Int(lengths[index]))
        }
    }

    extension MySQLColumns {
        /// What a column's values are fetched as.
        fileprivate enum Form: Hashable {
            case signed
            case unsigned
            case float
            case double
            case decimal(hasFraction: Bool)
            case bits
            case time(type: enum_field_types, decimals: Int)
            case bytes

            init(_ field: MYSQL_FIELD) {
                switch field.type {
                case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
                    MYSQL_TYPE_YEAR:
                    self = field.flags & UInt32(UNSIGNED_FLAG) == 0 ? .signed : .unsigned
                case MYSQL_TYPE_FLOAT: self = .float
                case MYSQL_TYPE_DOUBLE: self = .double
                case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: self = .decimal(hasFraction: field.decimals > 0)
                case MYSQL_TYPE_BIT: self = .bits
                case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE, MYSQL_TYPE_TIME, MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP:
                    self = .time(type: field.type, decimals: Int(field.decimals))
                default: self = .bytes
                }
            }

            var kind: ServerResult.Kind {
                switch self {
                case .signed, .unsigned, .bits, .decimal(false): .integer
                case .float, .double, .decimal(true): .real
                case .time, .bytes: .text
                }
            }

            var type: enum_field_types {
                switch self {
                case .signed, .unsigned: MYSQL_TYPE_LONGLONG
                case .float: MYSQL_TYPE_FLOAT
                case .double: MYSQL_TYPE_DOUBLE
                case .time(let type, _): type
                case .decimal, .bits, .bytes: MYSQL_TYPE_STRING
                }
            }

            func size(of field: MYSQL_FIELD) -> Int {
                switch self {
                case .time: MemoryLayout<MYSQL_TIME>.size
                case .decimal, .bits, .bytes: max(8, Int(field.max_length))
                case .signed, .unsigned, .float, .double: 8
                }
            }

            func text(_ bytes: UnsafeMutableRawPointer, length: Int) -> [UInt8] {
                switch self {
                case .signed: Array(String(bytes.load(as: Int64.self)).utf8)
                case .unsigned: Array(String(bytes.load(as: UInt64.self)).utf8)
                case .float: Array(String(bytes.load(as: Float.self)).utf8)
                case .double: Array(String(bytes.load(as: Double.self)).utf8)
                case .bits: ServerResult.digits(bits: UnsafeRawBufferPointer(start: bytes, count: length))
                case .time(let type, let decimals): bytes.load(as: MYSQL_TIME.self).text(type, decimals: decimals)
                case .decimal, .bytes: Array(UnsafeRawBufferPointer(start: bytes, count: length))
                }
            }
        }
    }

    extension MYSQL_TIME {
        /// `2026-11-29 23:29:21.123456`, with the digits that the column is declared with; a date, or a duration, alone.
        fileprivate func text(_ type: enum_field_types, decimals: Int) -> [UInt8] {
            let date = "\(year.digits(4))-\(month.digits(2))-\(day.digits(2))"
            // Where it is not declared, of an expression, as many as there can be.
            let digits = decimals <= 6 ? decimals : second_part == 0 ? 0 : 6
            let fraction = digits == 0 ? "" : ".\(UInt32(second_part).digits(6).prefix(digits))"
            let clock = "\(minute.digits(2)):\(second.digits(2))\(fraction)"
            // Not by `time_type`, which takes midnight for a date.
            return switch type {
            case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE: Array(date.utf8)
            case MYSQL_TYPE_TIME: Array("\(neg == 0 ? "" : "-")\((day * 24 + hour).digits(2)):\(clock)".utf8)
            default: Array("\(date) \(hour.digits(2)):\(clock)".utf8)
            }
        }
    }

    extension UInt32 {
        fileprivate func digits(_ count: Int) -> String {
            let text = String(self)
            return String(repeating: "0", count: Swift.max(0, count - text.count)) + text
        }
    }
#endif

#if MySQL
    internal import CMariaDB

    extension ServerResult {
        /// Of a statement that was not prepared: all its values come as texts.
        init(texts rows: UnsafeMutablePointer<MYSQL_RES>) {
            let fields = UnsafeBufferPointer(start: mysql_fetch_fields(rows), count: Int(mysql_num_fields(rows)))
            kinds = fields.map { Kind(textual: $0.type) }
            while let row = mysql_fetch_row(rows), let lengths = mysql_fetch_lengths(rows) {
                for index in fields.indices {
                    let bytes = row[index].map { UnsafeRawBufferPointer(start: $0, count: Int(lengths[index])) }
                    cells.append(bytes.map { fields[index].type == MYSQL_TYPE_BIT ? Self.digits(bits: $0) : Array($0) })
                }
            }
        }

        /// A column's values, nil for NULL.
        func texts(of column: Int) -> [String?] {
            stride(from: column, to: cells.count, by: max(1, kinds.count)).map { index in
                cells[index].map { String(decoding: $0, as: UTF8.self) }
            }
        }

        /// Its rows, NULL as the empty text.
        var rows: [[String]] {
            stride(from: 0, to: cells.count, by: max(1, kinds.count)).map { start in
                cells[start..<start + kinds.count].map { String(decoding: $0 ?? [], as: UTF8.self) }
            }
        }

        /// A BIT column's value as a number.
        static func digits(bits bytes: UnsafeRawBufferPointer) -> [UInt8] {
            Array(String(bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }).utf8)
        }
    }

    extension ServerResult.Kind {
        fileprivate init(textual type: enum_field_types) {
            switch type {
            case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
                MYSQL_TYPE_YEAR,
                MYSQL_TYPE_BIT:
                self = .integer
            case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: self = .real
            default: self = .text
            }
        }
    }
#endif

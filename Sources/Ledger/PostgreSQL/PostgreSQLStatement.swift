#if PostgreSQL
    /// A statement as PostgreSQL takes it: `?1`, `?2` … become `$1` …, numbered through over those that occur, and only their
    /// values are sent.
    struct PostgreSQLStatement {
        let sql: String
        let values: [SQLValue]

        /// Without parameters.
        init(_ sql: String) {
            self.init(sql: sql, values: [])
        }

        private init(sql: String, values: [SQLValue]) {
            self.sql = sql
            self.values = values
        }

        init(_ sql: String, _ values: [SQLValue]) throws(ServerError) {
            guard !values.isEmpty else {
                self.init(sql)
                return
            }
            var reader = Reader(bytes: Array(sql.utf8))
            while reader.position < reader.bytes.count { reader.step() }
            let text = String(decoding: reader.result, as: UTF8.self)
            var sent: [SQLValue] = []
            for number in reader.places {
                guard values.indices.contains(number - 1) else {
                    throw ServerError(kind: .other, code: "", message: "no value for parameter ?\(number)")
                }
                sent.append(values[number - 1])
            }
            // Such a text would end there, unnoticed.
            guard !sent.contains(where: { $0.postgreSQLText?.utf8.contains(0) == true }) else {
                throw ServerError(kind: .rejected, code: "22021", message: "a text with a zero byte in it")
            }
            self.init(sql: text, values: sent)
        }

        /// Types (`Oid`) of the values: a text's is what its place in the statement wants, be it an enumeration, a time, a uuid.
        var types: [UInt32] {
            values.map { value in
                switch value {
                case .null, .text: 0
                case .integer: 20
                case .real: 701
                }
            }
        }

        /// The values as libpq takes them, ended by zeros; nil for NULL.
        func withTexts<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
            var bytes: [CChar] = []
            let starts = values.map { value -> Int? in
                guard let text = value.postgreSQLText else { return nil }
                defer {
                    bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
                    bytes.append(0)
                }
                return bytes.count
            }
            return bytes.withUnsafeBufferPointer { buffer in
                body(starts.map { start in start.flatMap { buffer.baseAddress?.advanced(by: $0) } })
            }
        }
    }

    extension SQLValue {
        fileprivate var postgreSQLText: String? {
            switch self {
            case .null: nil
            case .integer(let number): String(number)
            // Infinite ones and NaN, too.
            case .real(let number): String(number)
            case .text(let text): text
            }
        }
    }

    /// Goes through a statement, past what is quoted and past comments.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        var result: [UInt8] = []
        /// Numbers of the parameters that occur, in the order of their first occurrence.
        var places: [Int] = []

        mutating func step() {
            switch bytes[position] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): skip(quotedBy: bytes[position])
            case UInt8(ascii: "-") where follows(UInt8(ascii: "-")): skipLine()
            case UInt8(ascii: "/") where follows(UInt8(ascii: "*")): skipComment()
            case UInt8(ascii: "?"): takeParameter()
            default: take()
            }
        }

        private func follows(_ byte: UInt8) -> Bool { position + 1 < bytes.count && bytes[position + 1] == byte }

        private mutating func take(_ count: Int = 1) {
            let end = min(position + count, bytes.count)
            result.append(contentsOf: bytes[position..<end])
            position = end
        }

        /// A doubled quote ends it and begins another.
        private mutating func skip(quotedBy quote: UInt8) {
            take()
            while position < bytes.count, bytes[position] != quote { take() }
            take()
        }

        private mutating func skipLine() {
            while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { take() }
        }

        private mutating func skipComment() {
            var depth = 0
            repeat {
                if bytes[position] == UInt8(ascii: "/"), follows(UInt8(ascii: "*")) {
                    depth += 1
                    take(2)
                } else if bytes[position] == UInt8(ascii: "*"), follows(UInt8(ascii: "/")) {
                    depth -= 1
                    take(2)
                } else {
                    take()
                }
            } while depth > 0 && position < bytes.count
        }

        private mutating func takeParameter() {
            let digits = bytes[(position + 1)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return take() }
            position += 1 + digits.count
            if !places.contains(number) { places.append(number) }
            let place = places.firstIndex(of: number).map { $0 + 1 } ?? places.count
            result.append(contentsOf: "$\(place)".utf8)
        }
    }
#endif

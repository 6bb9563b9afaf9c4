#if MySQL
    /// A column of the application's table as the catalogue has it.
    struct MySQLColumn {
        let name: String
        let isNotNull: Bool
        let hasDefault: Bool
        let extra: String
        /// `varchar`
        let dataType: String
        /// `varchar(20)`
        let type: String
        /// Empty where it is none of texts.
        let characterSet: String
        let collation: String
        /// Digits after the second.
        let decimals: Int
        /// Digits after the point.
        let scale: Int

        /// - Parameter row: as `MySQLCatalogue` asks for it.
        init(_ row: [String]) {
            name = row[0]
            isNotNull = row[1] == "NO"
            extra = row[3].lowercased()
            // MariaDB says NULL where there is none; MySQL has an expression's own mark.
            hasDefault = row[2] != "NULL" || extra.contains("default_generated")
            dataType = row[4].lowercased()
            type = row[5]
            characterSet = row[6]
            collation = row[7]
            decimals = Int(row[8]) ?? 0
            scale = Int(row[9]) ?? 0
        }

        var described: TableDescription.Column {
            TableDescription.Column(
                name: name, isNotNull: isNotNull, hasDefault: hasDefault,
                isGenerated: ["virtual generated", "stored generated", "persistent"].contains { extra.contains($0) },
                isNumbered: isNumbered, type: type, takes: takes, labels: labels, collation: collation, length: length,
                narrowSet: narrowSet, isZeroFilled: dataType == "binary")
        }

        /// The second is TiDB's.
        var isNumbered: Bool { extra.contains("auto_increment") || extra.contains("auto_random") }

        /// `varchar(255)`; a `tinytext` has 255 bytes.
        private var length: Int? {
            if dataType == "tinytext" { return 255 / 4 }
            guard ["char", "varchar"].contains(dataType) else { return nil }
            return Int(type.filter(\.isWholeNumber))
        }

        private var narrowSet: String? {
            let wide = ["", "binary", "utf8mb4", "utf16", "utf16le", "utf32", "gb18030"]
            return wide.contains(characterSet) ? nil : characterSet
        }

        /// Whether it may hold larger numbers than `Int64`.
        var isLarge: Bool { dataType == "bigint" && type.lowercased().contains("unsigned") }

        var isInteger: Bool { ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(dataType) }

        private var takes: TimeCodec.Column {
            switch dataType {
            case _ where isInteger: .integers
            case "bit", "year": .integers
            case "decimal": scale == 0 ? .integers : .reals
            case "float", "double": .reals
            case "datetime", "timestamp", "date": .time(decimals: decimals, hasOffset: false)
            default: .anything
            }
        }

        /// `enum('PENDING','SENT')`: a quote is doubled.
        private var labels: [String]? {
            guard dataType == "enum", let start = type.firstIndex(of: "("), type.hasSuffix(")") else { return nil }
            let list = type[type.index(after: start)...].dropLast().dropFirst().dropLast()
            return list.replacing("''", with: "\u{0}").split(separator: "','", omittingEmptySubsequences: false)
                .map { String($0).replacing("\u{0}", with: "'") }
        }

        /// What must be known to find a row by it; nil where none can be, or not surely.
        var addressType: MySQLDialect.AddressType? {
            switch dataType {
            case _ where isInteger: .plain
            case "char", "varchar": .text(characterSet: characterSet, collation: collation)
            case "binary", "varbinary": .bytes
            case "uuid": .uuid
            default: nil
            }
        }
    }

    /// An index of the application's table as the catalogue has it.
    struct MySQLIndex {
        let name: String
        let isUnique: Bool
        /// Of a kind that finds single values.
        private let isOrdinary: Bool
        private(set) var columns: [String?] = []
        /// Whether only the beginning of some column is in it.
        private(set) var hasPrefix = false

        /// - Parameter row: as `MySQLCatalogue` asks for it, one for each column.
        init(_ row: [String]) {
            name = row[0]
            isUnique = row[1] == "0"
            isOrdinary = !["FULLTEXT", "SPATIAL", "VECTOR"].contains(row[2].uppercased())
        }

        mutating func add(_ row: [String]) {
            columns.append(isOrdinary && !row[3].isEmpty ? row[3] : nil)
            if row[4] != "0" { hasPrefix = true }
        }

        var described: TableDescription.Index {
            TableDescription.Index(name: name, columns: columns, isUnique: isUnique, isPartial: false)
        }
    }
#endif

internal import Engine
internal import Reconciliation

/// Writes rows of messages that the application did not write itself. What it knows of such a message is its key, that it
/// is pending, and when it was accepted: a table that wants more is refused by the column's name.
struct NewRows {
    private let database: any Database
    private let mapping: TableMapping
    private let acceptedTime: TimeCodec
    private let serviceType: String?
    private let values: [Value]
    private let insert: any PreparedStatement
    private let newest: any PreparedStatement

    private enum Value {
        case key
        case status
        case acceptedAt
        case updatedAt
        case serviceType
        case empty
    }

    /// - Parameters:
    ///   - serviceType: of the rows; nil where it is not known: then the column has its default.
    ///   - withoutKey: whether rows are written before their messages are accepted.
    /// - Throws: `unusable` for a table that cannot have such rows.
    init(
        _ mapping: TableMapping, _ configuration: LedgerConfiguration, serviceType: String?,
        withoutKey: Bool = false, on database: any Database
    ) throws {
        self.database = database
        self.mapping = mapping
        self.serviceType = serviceType
        let present = try database.description(of: configuration.table).columns
        func column(_ name: String?) -> TableDescription.Column? {
            present.first { quoted(name: $0.name) == name }
        }
        if withoutKey, column(mapping.key)?.isNotNull == true {
            throw LedgerError.keyIsNotNull(configuration)
        }
        let wanted = present.filter { $0.isNotNull && !$0.hasDefault && !$0.isGenerated && !$0.isNumbered }
            .map { quoted(name: $0.name) }
        var filled: [(String?, Value)] = [
            (mapping.key, .key), (mapping.status, .status), (mapping.acceptedAt, .acceptedAt),
            (mapping.updatedAt, .updatedAt),
        ]
        if serviceType != nil { filled.append((mapping.serviceType, .serviceType)) }
        // A message that is not reserved leaves at once.
        filled += [
            (mapping.scheduledAt, .acceptedAt), (mapping.reportCode?.name, .empty),
            (mapping.errorMessage?.name, .empty),
        ].filter { name, _ in name.map(wanted.contains) == true }
        var chosen: [(name: String, value: Value)] = []
        for case (let name?, let value) in filled where !chosen.contains(where: { $0.name == name }) {
            chosen.append((name, value))
        }
        let missing = present.map(\.name).filter { name in
            wanted.contains(quoted(name: name)) && !chosen.contains { $0.name == quoted(name: name) }
        }
        guard missing.isEmpty else { throw LedgerError.wanting(missing, configuration) }
        values = chosen.map(\.value)
        acceptedTime = TimeCodec(
            format: mapping.time.format, utcOffset: mapping.time.utcOffset,
            column: column(mapping.acceptedAt)?.takes ?? .anything)
        insert = try database.prepare(
            """
            INSERT INTO \(mapping.table) (\(chosen.map(\.name).joined(separator: ", ")))
            VALUES (\(chosen.indices.map { "?\($0 + 1)" }.joined(separator: ", ")))
            \(mapping.dialect.returning(mapping.description.address) ?? "")
            """)
        newest = try database.prepare(
            """
            SELECT n.\(mapping.acceptedAt), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL")
            FROM \(mapping.table) AS n ORDER BY \(mapping.place) DESC LIMIT 1
            """)
    }

    /// Pending, accepted now; inside a transaction of its caller's.
    /// - Parameter keys: nil for a message that is not accepted yet.
    /// - Returns: where each is; nil where the database does not say so.
    func add(_ keys: [MessageKey?], at now: Timestamp) throws -> [RowLocator?] {
        let (acceptedAt, updatedAt) = try times(now)
        return try keys.map { key in
            try place(
                of: values.map { value in
                    switch value {
                    case .key: SQLValue(key?.text)
                    case .status: .text(mapping.word(.pending))
                    case .acceptedAt: acceptedAt
                    case .updatedAt: updatedAt
                    case .serviceType: SQLValue(serviceType)
                    case .empty: .text("")
                    }
                })
        }
    }

    /// Inserts a row.
    private func place(of values: [SQLValue]) throws -> RowLocator? {
        let address = mapping.description.address
        guard mapping.dialect.returning(address) == nil else {
            var place: RowLocator?
            try insert.each(values) { row in
                place = try mapping.locator(row)
                return .more
            }
            return place
        }
        let number = try insert.insert(values, numbering: address.column)
        return address.isNumbered && number != 0 ? RowLocator(number) : nil
    }

    /// In the form of the newest row's, which is the application's own; else as configured.
    func times(_ now: Timestamp) throws -> (acceptedAt: SQLValue, updatedAt: SQLValue) {
        let (accepted, updated) = try newest.first { ($0.value(0), $0.value(1)) } ?? (.null, .null)
        var acceptedAt = acceptedTime.value(now, before: accepted, acceptedAt: .null)
        if !isNow(acceptedAt, now) { acceptedAt = acceptedTime.value(now, before: .null, acceptedAt: .null) }
        return (acceptedAt, mapping.time.value(now, before: updated, acceptedAt: acceptedAt))
    }

    /// Whether the row's age would count from now. A form without seconds will do.
    private func isNow(_ value: SQLValue, _ now: Timestamp) -> Bool {
        acceptedTime.time(value).map { ((now - .seconds(60))...now).contains($0) } ?? false
    }
}

extension LedgerError {
    fileprivate static func wanting(_ columns: [String], _ configuration: LedgerConfiguration) -> LedgerError {
        let isOne = columns.count == 1
        return LedgerError(
            .unusable,
            "table \(configuration.table) in \(configuration.place.text) wants a value in"
                + " \(isOne ? "column" : "columns") \(columns.joined(separator: ", ")) (NOT NULL, without a default), which"
                + " only the application knows: give \(isOne ? "it a default" : "them defaults"), or have the application"
                + " write the rows itself")
    }

    fileprivate static func keyIsNotNull(_ configuration: LedgerConfiguration) -> LedgerError {
        LedgerError(
            .unusable,
            "column \(configuration.columns.messageKey) of table \(configuration.table) in \(configuration.place.text) is NOT"
                + " NULL, but `send` writes rows before their messages have a key: let it be NULL, or send in the"
                + " application and use `record`")
    }
}

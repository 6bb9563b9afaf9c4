internal import Engine
internal import Reconciliation

/// The application's table in SQL: everything quoted, in every statement under the alias `n`.
///
/// Columns are always qualified (`n."status"`): SQLite takes a bare quoted name that is no column for a text.
struct TableMapping: Sendable {
    let description: TableDescription
    let dialect: any Dialect
    let key: String
    /// `TableDescription.Column.soughtAs`
    var keyType: String?
    let status: String
    let acceptedAt: String
    let scheduledAt: String?
    let id: String?
    let serviceType: String?
    let reportCode: OptionalColumn?
    let errorMessage: OptionalColumn?
    let updatedAt: String?
    /// The words in `serviceType` that mark our rows; nil where all rows are ours.
    let serviceTypes: [String]?
    let words: LedgerConfiguration.Statuses
    let time: TimeCodec

    /// A column that is emptied at times.
    struct OptionalColumn: Sendable {
        let name: String
        /// Then the empty text stands for none.
        let isNotNull: Bool
        /// A longer text is for people and written as far as it fits.
        let length: Int?
        /// A text for people is written as far as this character set goes; nil where that has all there are.
        let narrowSet: String?

        func value(_ text: String?) -> SQLValue {
            guard let text else { return isNotNull ? .text("") : .null }
            guard let length else { return .text(text) }
            return .text(String(String.UnicodeScalarView(text.unicodeScalars.prefix(length))))
        }
    }

    /// `"main"."notification_history"`
    var table: String { description.qualifiedName }

    func word(_ status: RowStatus) -> String {
        switch status {
        case .pending: words.pending
        case .sent: words.sent
        case .deadLetter: words.deadLetter
        case .other: preconditionFailure("no word for a status of the application's own")
        }
    }

    /// A message as its column can hold it, where one is mapped.
    func errorMessage(_ text: String?, on database: any Database) throws -> SQLValue {
        guard let errorMessage else { return .null }
        let value = errorMessage.value(text)
        guard case .text(let text) = value, !text.utf8.allSatisfy({ $0 < 0x80 }), let set = errorMessage.narrowSet,
            let fitted = dialect.fitted("?1", to: set)
        else { return value }
        return SQLValue(try database.statement("SELECT \(fitted)").first(value) { $0.text(0) } ?? nil)
    }

    /// The names of those that are changed: as messages are settled, and in rows of ours as it becomes known what they are.
    func writtenColumns(for rows: OwnRows) -> [String] {
        let sent = rows == .sent ? [key, acceptedAt] : []
        let written = sent + [status, reportCode?.name, errorMessage?.name, updatedAt].compactMap(\.self)
        return description.columns.map(\.name).filter { written.contains(quoted(name: $0)) }
    }

    // MARK: Where a row is

    /// The row's address, to be compared and to sort by.
    var place: String { "n.\(description.address.column)" }

    /// What `locator(_:_:)` reads.
    var placeRead: String { dialect.reading(description.address, of: place) }

    /// An address that is bound, or kept in one of the reconciler's tables, to be compared with `place`.
    func bound(_ expression: String) -> String { dialect.finding(description.address, expression) }

    func isAt(_ expression: String) -> String { "\(place) = \(bound(expression))" }

    /// - Throws: for a number that is larger than an address can be: it would be another row's.
    func locator(_ row: any Row, _ column: Int32 = 0) throws -> RowLocator {
        switch description.address.kind {
        case .number:
            let value = row.value(column)
            if case .integer(let number) = value { return RowLocator(number) }
            if case .text(let number) = value, UInt64(number) != nil { throw tooLarge(number) }
            return RowLocator(row.integer(column))
        case .text: return RowLocator(row.text(column) ?? "")
        }
    }

    private func tooLarge(_ number: String) -> LedgerError {
        let column = description.columns.first { quoted(name: $0.name) == description.address.column }
        return .addressIsTooLarge(number, of: column?.name ?? description.address.column, description.name)
    }

    // MARK: Whose it is, and how it stands

    /// True for the rows that are ours, never NULL. `statusNumber`, `statusIs` and `whereKeyIs` know of it: whoever
    /// reads statuses by them meets others' rows as `other`. As a CASE, which compares by the column's own rules
    /// (collation and affinity) and keeps SQLite from choosing an index on the column.
    var isOurs: String { isOurs(of: "n.") }

    /// - Parameter alias: with its dot; empty where there can be none.
    func isOurs(of alias: String) -> String {
        guard let serviceType, let serviceTypes else { return "TRUE" }
        let ours = serviceTypes.map { "WHEN \(quoted(text: $0)) THEN TRUE" }.joined(separator: " ")
        return "CASE \(alias)\(serviceType) \(ours) ELSE FALSE END"
    }

    /// The status as a number, compared by the column's own rules (collation and affinity); see `status(_:)`.
    var statusNumber: String {
        let number =
            "CASE n.\(status) WHEN \(quoted(text: words.pending)) THEN 0 WHEN \(quoted(text: words.sent)) THEN 1"
            + " WHEN \(quoted(text: words.deadLetter)) THEN 2 ELSE 3 END"
        return serviceTypes == nil ? number : "CASE WHEN \(isOurs) THEN \(number) ELSE 3 END"
    }

    static func status(_ number: Int64) -> RowStatus {
        switch number {
        case 0: .pending
        case 1: .sent
        case 2: .deadLetter
        default: .other
        }
    }

    /// The row's service type as a text; NULL where no column has it.
    var serviceTypeText: String { serviceType.map { dialect.text("n.\($0)") } ?? "NULL" }

    /// What `start(_:at:)` reads: two columns.
    var startColumns: String { "n.\(acceptedAt), \(scheduledAt.map { "n.\($0)" } ?? "NULL")" }

    /// From when a row's age counts: its acceptance or, if that is later, the time it is reserved for. Nil where one of
    /// them cannot be read.
    /// - Parameter column: where `startColumns` begin.
    func start(_ row: any Row, at column: Int32) -> Timestamp? {
        guard let acceptedAt = time.time(row.value(column)) else { return nil }
        let schedule = row.value(column + 1)
        guard !isNoTime(schedule) else { return acceptedAt }
        return time.time(schedule).map { max($0, acceptedAt) }
    }

    /// Whether it stands for no time at all, as also a zero does.
    func isNoTime(_ value: SQLValue) -> Bool {
        switch value {
        case .null, .integer(0), .real(0): true
        case .text(let text): text.allSatisfy { $0 == " " } || text == "0" || text.hasPrefix("0000-00-00")
        case .integer, .real: false
        }
    }

    /// The row's key as it is read.
    var keyRead: String { dialect.key("n.\(key)") }

    /// The row's key, to be compared byte by byte whatever the column's type and collation.
    var exactKey: String { dialect.exact("n.\(key)") }

    /// True for the row whose key is `other`, exactly.
    func keyIs(_ other: String) -> String {
        "\(exactKey) = \(other)"
    }

    /// Picks the row whose key is `other`, exactly, through an index on the key: by the column's own rules (its collation,
    /// say) others may count as equal. Of several a pending one is meant, then a sent one.
    func whereKeyIs(_ other: String) -> String {
        "WHERE n.\(key) = \(sought(other)) AND \(keyIs(other)) ORDER BY \(statusNumber), \(place) LIMIT 1"
    }

    /// The same for the rows of several keys: those that are meant come first.
    func whereKeyIsOf(_ others: [String]) -> String {
        let sought = others.map(sought).joined(separator: ", ")
        let others = others.joined(separator: ", ")
        return "WHERE n.\(key) IN (\(sought)) AND \(exactKey) IN (\(others)) ORDER BY \(statusNumber), \(place)"
    }

    /// A key that an index on the key finds.
    private func sought(_ other: String) -> String { keyType.map { "CAST(\(other) AS \($0))" } ?? other }

    /// True for our rows of that status. With the word as a literal, because a partial index serves only a query that
    /// says the same.
    func statusIs(_ wanted: RowStatus) -> String {
        ours(wanted == .other ? "\(statusNumber) = 3" : "n.\(status) = \(quoted(text: word(wanted)))")
    }

    /// The same for a row that is found by something else: no index on the status is used for it.
    func statusOfFoundIs(_ wanted: RowStatus) -> String {
        wanted == .other ? statusIs(wanted) : statusOfFoundIs(word: quoted(text: word(wanted)))
    }

    /// As a CASE, which compares by the column's own rules. A plus sign would keep indexes away too, but also the
    /// column's affinity: the number 2 is not the word '2'.
    func statusOfFoundIs(word: String) -> String { ours("CASE n.\(status) WHEN \(word) THEN TRUE ELSE FALSE END") }

    /// True for rows with that word as their service type, compared by the column's own rules.
    func serviceTypeIs(_ word: String) -> String {
        serviceType.map { "CASE n.\($0) WHEN \(quoted(text: word)) THEN TRUE ELSE FALSE END" } ?? "FALSE"
    }

    private func ours(_ condition: String) -> String {
        serviceTypes == nil ? condition : "\(condition) AND \(isOurs)"
    }
}

extension LedgerError {
    /// - Parameter column: by which rows are found.
    static func addressIsTooLarge(_ number: String, of column: String, _ table: String) -> LedgerError {
        LedgerError(
            .unusable,
            "column \(column) of table \(table) has the value \(number): rows are found by it up to \(Int64.max) only. Give the"
                + " table another column of whole numbers that tells its rows apart (BIGINT NOT NULL UNIQUE)")
    }
}

/// Reads `TableMapping.start` of many rows of which neighbours have the same times: a text is read as a time once.
struct RepeatedStarts {
    let mapping: TableMapping
    /// Where `startColumns` begin.
    let column: Int32
    private var lastText: [UInt8]?
    private var last: Timestamp?

    init(mapping: TableMapping, column: Int32) {
        self.mapping = mapping
        self.column = column
    }

    mutating func next(_ row: any Row) -> Timestamp? {
        let isAlone = row.isNull(column + 1)
        if isAlone, let lastText, row.holdsText(column, of: lastText) { return last }
        last = mapping.start(row, at: column)
        lastText = nil
        if isAlone, case .text(let text) = row.value(column) { lastText = Array(text.utf8) }
        return last
    }
}

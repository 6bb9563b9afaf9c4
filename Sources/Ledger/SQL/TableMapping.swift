internal import Reconciliation

/// The application's table in SQL: everything quoted, in every statement under the alias `n`.
///
/// Columns are always qualified (`n."status"`): SQLite takes a bare quoted name that is no column for a text.
struct TableMapping: Sendable {
    /// As the schema writes it.
    let tableName: String
    /// `"main"."notification_history"`: a temporary table of that name is not meant.
    let table: String
    /// `rowid`, or another name of it where a column has that one.
    let rowid: String
    let key: String
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

        func value(_ text: String?) -> SQLValue {
            text == nil && isNotNull ? .text("") : SQLValue(text)
        }
    }

    func word(_ status: RowStatus) -> String {
        switch status {
        case .pending: words.pending
        case .sent: words.sent
        case .deadLetter: words.deadLetter
        case .other: preconditionFailure("no word for a status of the application's own")
        }
    }

    /// True for the rows that are ours, never NULL. `statusNumber`, `statusIs` and `whereKeyIs` know of it: whoever
    /// reads statuses by them meets others' rows as `other`. As a CASE, which compares by the column's own rules
    /// (collation and affinity) and keeps SQLite from choosing an index on the column.
    var isOurs: String { isOurs(of: "n.") }

    /// - Parameter alias: with its dot; empty where there can be none.
    func isOurs(of alias: String) -> String {
        guard let serviceType, let serviceTypes else { return "TRUE" }
        let ours = serviceTypes.map { "WHEN \(quoted(text: $0)) THEN 1" }.joined(separator: " ")
        return "CASE \(alias)\(serviceType) \(ours) ELSE 0 END"
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
    var serviceTypeText: String { serviceType.map { "CAST(n.\($0) AS TEXT)" } ?? "NULL" }

    /// What `start(_:at:)` reads: two columns.
    var startColumns: String { "n.\(acceptedAt), \(scheduledAt.map { "n.\($0)" } ?? "NULL")" }

    /// From when a row's age counts: its acceptance or, if that is later, the time it is reserved for. Nil where one of
    /// them cannot be read.
    /// - Parameter column: where `startColumns` begin.
    func start(_ row: Statement, at column: Int32) -> Timestamp? {
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

    /// The row's key, to be compared byte by byte whatever the column's type and collation.
    var exactKey: String { "CAST(n.\(key) AS TEXT) COLLATE BINARY" }

    /// True for the row whose key is `other`, exactly.
    func keyIs(_ other: String) -> String {
        "CAST(n.\(key) AS TEXT) = \(other) COLLATE BINARY"
    }

    /// Picks the row whose key is `other`, exactly, through an index on the key: by the column's own rules (its collation,
    /// say) others may count as equal. Of several a pending one is meant, then a sent one.
    func whereKeyIs(_ other: String) -> String {
        "WHERE n.\(key) = \(other) AND \(keyIs(other)) ORDER BY \(statusNumber), n.\(rowid) LIMIT 1"
    }

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
    func statusOfFoundIs(word: String) -> String { ours("CASE n.\(status) WHEN \(word) THEN 1 END") }

    /// True for rows with that word as their service type, compared by the column's own rules.
    func serviceTypeIs(_ word: String) -> String {
        serviceType.map { "CASE n.\($0) WHEN \(quoted(text: word)) THEN 1 ELSE 0 END" } ?? "FALSE"
    }

    private func ours(_ condition: String) -> String {
        serviceTypes == nil ? condition : "\(condition) AND \(isOurs)"
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

    mutating func next(_ row: Statement) -> Timestamp? {
        let isAlone = row.isNull(column + 1)
        if isAlone, let lastText, row.holdsText(column, of: lastText) { return last }
        last = mapping.start(row, at: column)
        lastText = nil
        if isAlone, case .text(let text) = row.value(column) { lastText = Array(text.utf8) }
        return last
    }
}

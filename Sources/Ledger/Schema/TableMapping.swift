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
    let id: String?
    let serviceType: String?
    let reportCode: OptionalColumn?
    let errorMessage: OptionalColumn?
    let updatedAt: String?
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

    /// The status as a number, compared by the column's own rules (collation and affinity); see `status(_:)`.
    var statusNumber: String {
        "CASE n.\(status) WHEN \(quoted(text: words.pending)) THEN 0 WHEN \(quoted(text: words.sent)) THEN 1"
            + " WHEN \(quoted(text: words.deadLetter)) THEN 2 ELSE 3 END"
    }

    static func status(_ number: Int64) -> RowStatus {
        switch number {
        case 0: .pending
        case 1: .sent
        case 2: .deadLetter
        default: .other
        }
    }

    /// True for the row whose key is `other`, exactly.
    func keyIs(_ other: String) -> String {
        "CAST(n.\(key) AS TEXT) = \(other) COLLATE BINARY"
    }

    /// Picks the row whose key is `other`, exactly, through an index on the key: by the column's own rules (its collation,
    /// say) others may count as equal. Of several a pending one is meant, then a sent one.
    func whereKeyIs(_ other: String) -> String {
        "WHERE n.\(key) = \(other) AND \(keyIs(other)) ORDER BY \(statusNumber), n.\(rowid) LIMIT 1"
    }

    /// With the word as a literal, because a partial index serves only a query that says the same.
    func statusIs(_ wanted: RowStatus) -> String {
        wanted == .other ? "\(statusNumber) = 3" : "n.\(status) = \(quoted(text: word(wanted)))"
    }

    /// The same for a row that is found by something else: no index on the status is used for it.
    func statusOfFoundIs(_ wanted: RowStatus) -> String {
        wanted == .other ? statusIs(wanted) : statusOfFoundIs(word: quoted(text: word(wanted)))
    }

    /// As a CASE, which compares by the column's own rules. A plus sign would keep indexes away too, but also the
    /// column's affinity: the number 2 is not the word '2'.
    func statusOfFoundIs(word: String) -> String { "CASE n.\(status) WHEN \(word) THEN 1 END" }
}

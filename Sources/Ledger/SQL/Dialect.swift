/// The words in which databases differ.
protocol Dialect: Sendable {
    /// A value as a text.
    func text(_ expression: String) -> String
    /// A text that is compared byte by byte, with another one, or with a key in the reconciler's own tables.
    func exact(_ expression: String) -> String
    /// A column of message keys as it is read: the text that `exact` compares.
    func key(_ column: String) -> String

    /// A text with something in place of the characters that a set has not (`TableDescription.Column.narrowSet`), to be selected;
    /// nil where nobody has to ask for that.
    func fitted(_ expression: String, to characterSet: String) -> String?
    /// What gives a column of the table all characters, for whoever may do that.
    func widening(_ column: TableDescription.Column, of table: TableDescription) -> String

    /// A row's address as it is read: a number or a text.
    /// - Parameter column: qualified.
    func reading(_ address: RowAddress, of column: String) -> String
    /// An address that is bound, or kept in one of the reconciler's own tables, as the column's own type.
    func finding(_ address: RowAddress, _ expression: String) -> String
    /// What follows an `INSERT`, to give the row's address back as it is read; nil where there is no such word.
    func returning(_ address: RowAddress) -> String?

    /// What follows the values of an `INSERT`, and stands before the assignments in place of it: where a row with that key is
    /// there. They may name columns of the row that is there, qualified with the table's name.
    func onConflict(_ key: [String]) -> String
    /// As above, for a row that is then left as it is.
    func onConflictNothing(_ key: [String]) -> String

    /// `CREATE TABLE …` for one of the reconciler's own.
    func creation(of table: TableDefinition, rowID: RowAddress.Kind) -> String
    /// `ALTER TABLE … ADD COLUMN …`
    func addition(of column: TableDefinition.Column, to table: String) -> String
    /// `CREATE INDEX …`
    func creation(of index: IndexDefinition) -> String
    /// Whether tables that are made in a transaction are gone when it fails. Else all of the above may find what it makes: then
    /// it does nothing.
    var makesTablesInTransactions: Bool { get }
    /// True for rows that come after these values, in the order of the two columns.
    func isPast(_ columns: (String, String), _ values: (String, String)) -> String

    /// Milliseconds since 1970, by the clock of the machine that the database is on.
    var now: String { get }
}

extension Dialect {
    func key(_ column: String) -> String { column }

    func fitted(_ expression: String, to characterSet: String) -> String? { nil }

    func returning(_ address: RowAddress) -> String? { nil }

    func isPast(_ columns: (String, String), _ values: (String, String)) -> String {
        "(\(columns.0), \(columns.1)) > (\(values.0), \(values.1))"
    }
}

/// Of the index that `store.create_index` allows on the application's table.
let pendingIndexName = "reconciler_pending"

/// How the application's rows are found: by a column that tells them apart and does not change.
struct RowAddress: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Whole numbers. Rows that follow each other differ by one or little more, as a rule.
        case number
        /// Texts, or what has a text by which it is found. In the order of the column's own rules.
        case text
    }

    /// Quoted.
    let column: String
    let kind: Kind
    /// What the column is declared as, as far as a dialect must know it.
    var type = ""
    /// Whether the database makes a number for a new row and tells it without being asked (`PreparedStatement.insert`).
    var isNumbered = false

    /// Whether the newest rows have the largest addresses, as a rule: of texts, mostly random UUIDs, nobody knows.
    var grows: Bool { kind == .number }
}

/// One of the reconciler's own tables.
struct TableDefinition: Sendable {
    enum Kind: Hashable, Sendable {
        case integer
        /// A number that the database makes, larger than those before; the table's key.
        case number
        /// A message's key, of at most `MessageKey.longest` bytes.
        case key
        /// The address of one of the application's rows.
        case rowID
        /// A short text, of at most 255 bytes: can be part of a key.
        case word
        /// A text of any length.
        case text
    }

    struct Column: Sendable {
        let name: String
        let kind: Kind
        let isNotNull: Bool
        /// As SQL.
        let otherwise: String?

        init(_ name: String, _ kind: Kind, isNotNull: Bool = false, otherwise: String? = nil) {
            self.name = name
            self.kind = kind
            self.isNotNull = isNotNull
            self.otherwise = otherwise
        }
    }

    let name: String
    let columns: [Column]
    /// Empty where a `number` is the key.
    var key: [String] = []
}

/// An index on one of the reconciler's own tables.
struct IndexDefinition: Sendable {
    let name: String
    let table: String
    let columns: [String]
    /// Rows that are not in it, where the database can leave any out.
    var condition: String?
}

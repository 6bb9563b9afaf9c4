/// The application's table as the database says it is.
struct TableDescription: Sendable {
    struct Column: Sendable {
        let name: String
        let isNotNull: Bool
        let hasDefault: Bool
        /// Its value is reckoned from others', and cannot be written.
        let isGenerated: Bool
        /// The database gives it a value where an `INSERT` has none.
        let isNumbered: Bool
        /// As it was declared, for people.
        let type: String
        /// What a time may be written as.
        let takes: TimeCodec.Column
        /// The words that it can hold, of an enumeration; nil where any.
        var labels: [String]?
        /// By which its texts are compared, for people.
        var collation = ""
        /// How many characters it can hold, where the database refuses more.
        var length: Int?
        /// The character set that its texts are kept in, where that has not all there are.
        var narrowSet: String?
        /// The type that a text is made before an index of this column finds it; nil where texts are found as they are.
        var soughtAs: String?
        /// Whether what is shorter is filled up with zero bytes, which are not taken away when it is read.
        var isZeroFilled = false
    }

    struct Index: Sendable {
        let name: String
        /// In its order; nil for an expression.
        let columns: [String?]
        let isUnique: Bool
        /// Whether rows may be missing in it.
        let isPartial: Bool
    }

    /// As the database writes it.
    let name: String
    /// Quoted, with what it is in: a temporary table of that name is not meant.
    let qualifiedName: String
    let columns: [Column]
    let address: RowAddress
    let indexes: [Index]
    /// Whether something may take a change back without an error.
    let hasTriggers: Bool
    /// Another text once the table, its triggers or its indexes are defined otherwise.
    let definition: String
    /// Whether it is many tables to the database, of which no index is made at once without keeping others from writing.
    var isPartitioned = false

    /// One that is written otherwise only where none is written so.
    func column(_ name: String) -> Column? {
        columns.first { $0.name == name } ?? columns.first { $0.name.lowercased() == name.lowercased() }
    }
}

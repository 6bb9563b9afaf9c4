internal import Engine
internal import Reconciliation

/// The database that the application's table is in, by one connection: a file, or a server. Its owner uses it on one queue.
///
/// Statements are written once for all databases, in what these have in common; where they differ, `dialect` has the words.
/// Parameters are `?1`, `?2` …, each of which may occur more than once, or not at all. Names and texts are quoted as the
/// standard does it (`quoted(name:)`, `quoted(text:)`). A connection sets up its session so that this is understood.
protocol Database: AnyObject {
    var dialect: any Dialect { get }
    /// So many messages fit into the next transaction: others wait for it.
    var room: Int { get }
    /// Whether it must be opened anew: another file is in its place, or the connection is lost.
    var isStale: Bool { get }

    /// For a statement that its user keeps.
    func prepare(_ sql: String) throws -> any PreparedStatement
    /// Prepared at the first call and kept. For statements that run seldom.
    func statement(_ sql: String) throws -> any PreparedStatement
    /// Runs statements whose rows do not matter.
    func execute(_ sql: String) throws

    /// All or nothing, and nobody else of the reconciler's writes meanwhile. `body` is called again where the database
    /// wants a transaction to be repeated.
    /// - Parameter messages: that are written, for `room`; 0 where it is about something else.
    func write<Value>(messages: Int, _ body: () throws -> Value) throws -> Value
    /// Several queries about one state of the database. `body` is called again where they must be repeated.
    func read<Value>(_ body: () throws -> Value) throws -> Value
    /// How much is read at a time.
    func portion() -> Portion
    /// How many items one statement is about at most where they are many: a power of two; 1 where nothing is gained by more.
    var itemsAtOnce: Int { get }

    /// A table as it is defined now.
    /// - Parameter place: what people call the database, for errors.
    /// - Throws: `unusable` where there is none, or none that could be worked on.
    func description(of table: String) throws -> TableDescription
    /// Whether there is a table of that name beside the application's.
    func holds(table: String) throws -> Bool
    /// Of one of the reconciler's own tables.
    func columnNames(of table: String) throws -> [String]
    /// From now on, for statements that read, these tables are there and empty.
    func substitute(_ tables: [TableDefinition]) throws
    /// Two words of those that would be one to the column, if there are such.
    func indistinct(_ words: [String], in column: TableDescription.Column, of table: TableDescription) throws
        -> (String, String)?
    /// How rows are found by what a query says of a column.
    func accessPath(of query: String, by column: String) throws -> AccessPath
    /// Whether the index that `store.create_index` allows is there.
    func hasPendingIndex(_ mapping: TableMapping) throws -> Bool
    func makePendingIndex(_ mapping: TableMapping) throws
    /// Makes it by a connection of its own, however long that takes, while others write; nil where that cannot be.
    func pendingIndexWork(_ mapping: TableMapping) -> (@Sendable () throws -> Void)?
    /// How many rows there are, at most, to be read for it.
    func rowsToIndex(_ mapping: TableMapping) throws -> Int
    /// Statements that give the account what it lacks to work on the table; empty where it lacks nothing.
    func missingGrants(_ mapping: TableMapping, for rows: OwnRows) throws -> [String]
    /// Words that no row of the table can have for its foreign keys, a line for each.
    func foreignKeyGaps(_ mapping: TableMapping) throws -> [String]
    /// Of the database on its disk.
    func size() throws -> Int

    /// What an error means for whoever runs the reconciler. Outside a transaction.
    func meaning(of error: any Error, _ mapping: TableMapping?) -> LedgerError
    /// The error of a statement that changes one row, as `rowRejected` where the row's values alone are to blame.
    func rejection(_ error: any Error, of sql: String) throws -> any Error
    /// Whether the tables may be others by now.
    func wantsReopening(after error: any Error) -> Bool
}

/// Rows that the application leaves to us to write.
package enum OwnRows: Hashable, Sendable {
    case none
    /// Of messages that have their keys (`record`).
    case recorded
    /// Also of those that have not yet: their keys are written later (`send`, canaries).
    case sent
}

/// How a query finds its rows.
struct AccessPath: Hashable, Sendable {
    /// The index by which it goes; nil where it walks the table.
    var index: String?
    /// Whether it looks only where its rows are.
    var isSearch: Bool
    /// Whether it sorts what it finds before it gives the first row.
    var sorts: Bool

    var due: DuePlan { index.map { .indexSearch($0) } ?? .tableWalk }
}

extension Database {
    func pendingIndexWork(_ mapping: TableMapping) -> (@Sendable () throws -> Void)? { nil }

    func write<Value>(_ body: () throws -> Value) throws -> Value { try write(messages: 0, body) }

    /// Reads something about each, in portions, each of which may be repeated.
    /// - Parameter begin: called at the beginning of each of them: others may have written before it.
    /// - Returns: what was found.
    func read<Items: Collection, Found>(
        each items: Items, beginning begin: () -> Void = {}, _ body: (Items.Element) throws -> Found?
    ) throws -> [Found] {
        var found: [Found] = []
        var rest = items[...]
        while !rest.isEmpty {
            let (more, left) = try read { try readPortion(of: rest, beginning: begin, body) }
            found += more
            rest = left
        }
        return found
    }

    private func readPortion<Rest: Collection, Found>(
        of items: Rest, beginning begin: () -> Void, _ body: (Rest.Element) throws -> Found?
    ) throws -> (found: [Found], rest: Rest) where Rest.SubSequence == Rest {
        var found: [Found] = []
        var rest = items
        var portion = portion()
        begin()
        repeat {
            if let one = try body(rest.removeFirst()) { found.append(one) }
            portion.count()
        } while !rest.isEmpty && !portion.isOver
        return (found, rest)
    }
}

/// A statement that is run again and again.
protocol PreparedStatement: AnyObject {
    /// Runs it to its end.
    /// - Returns: how many rows an `INSERT`, `UPDATE` or `DELETE` has met, those of triggers not counted.
    @discardableResult
    func run(_ values: [SQLValue]) throws -> Int
    /// An `UPDATE` of the application's table.
    func change(_ values: [SQLValue]) throws -> Change
    /// An `INSERT` of one row, to which the database gives a number in that column.
    /// - Returns: the number.
    func insert(_ values: [SQLValue], numbering column: String) throws -> Int64
    /// Visits rows until `body` has had enough.
    /// - Returns: false when `body` stopped it.
    @discardableResult
    func each(_ values: [SQLValue], body: (any Row) throws -> Flow) throws -> Bool
}

/// What came of a statement that changes rows.
struct Change {
    /// That it has met.
    let rows: Int
    /// Whether nothing can have taken it back, as a trigger may.
    let isSure: Bool
}

/// Whether a visitor of rows has had enough.
enum Flow {
    case more
    case stop
}

extension PreparedStatement {
    @discardableResult
    func run(_ values: SQLValue...) throws -> Int { try run(values) }

    @discardableResult
    func each(_ values: SQLValue..., body: (any Row) throws -> Flow) throws -> Bool { try each(values, body: body) }

    /// Reads the first row; nil when there is none.
    func first<Value>(_ values: SQLValue..., read: (any Row) throws -> Value) throws -> Value? {
        var found: Value?
        try each(values) { row in
            found = try read(row)
            return .stop
        }
        return found
    }

    /// Reads every row.
    func all<Value>(_ values: SQLValue..., read: (any Row) throws -> Value) throws -> [Value] {
        var rows: [Value] = []
        try each(values) { row in
            rows.append(try read(row))
            return .more
        }
        return rows
    }
}

/// The row that a statement has come to. Columns are counted from 0.
protocol Row {
    func isNull(_ column: Int32) -> Bool
    /// 0 for NULL.
    func integer(_ column: Int32) -> Int64
    func flag(_ column: Int32) -> Bool
    func value(_ column: Int32) -> SQLValue
    /// A column's text, numbers as the database writes them.
    /// - Returns: nil for NULL.
    func withText<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value?
    /// Whether the column holds a text, and no number.
    func holdsText(_ column: Int32) -> Bool
}

extension Row {
    /// As much as can be added to, whatever a damaged row holds.
    func count(_ column: Int32) -> Int { Int(min(max(integer(column), -(1 << 53)), 1 << 53)) }

    /// Nil for NULL.
    func text(_ column: Int32) -> String? { withText(column) { String(decoding: $0, as: UTF8.self) } }

    /// Nil for what cannot be one: NULL, the empty text, too long a one, and bytes that are no UTF-8 (repaired, it would be
    /// another's).
    func key(_ column: Int32) -> MessageKey? {
        let text = withText(column) { String(validating: $0, as: UTF8.self) } ?? nil
        return text.flatMap { $0.isEmpty ? nil : MessageKey($0) }.flatMap { $0.isTooLong ? nil : $0 }
    }

    /// Whether there is something that cannot be a message key.
    func holdsNoKey(_ column: Int32) -> Bool {
        withText(column) { bytes in
            bytes.count > MessageKey.longest
                || !bytes.allSatisfy { $0 < 0x80 } && String(validating: bytes, as: UTF8.self) == nil
        } ?? false
    }

    /// Whether the column holds a text of just these bytes.
    func holdsText(_ column: Int32, of bytes: [UInt8]) -> Bool {
        holdsText(column) && withText(column) { $0.elementsEqual(bytes) } == true
    }

    /// A column of the reconciler's own, in milliseconds.
    func time(_ column: Int32) -> Timestamp? { isNull(column) ? nil : Timestamp(kept: integer(column)) }
}

/// What a column holds or a parameter is bound to.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    init(_ text: String?) {
        self = text.map { .text($0) } ?? .null
    }

    init(_ number: Int) {
        self = .integer(Int64(number))
    }

    init(_ flag: Bool) {
        self = .integer(flag ? 1 : 0)
    }

    /// Milliseconds, as in all of the reconciler's own tables.
    init(_ time: Timestamp?) {
        self = time.map { .integer($0.milliseconds) } ?? .null
    }

    init(_ key: MessageKey) {
        self = .text(key.text)
    }

    init(_ row: RowLocator?) {
        switch row?.address {
        case nil: self = .null
        case .number(let number): self = .integer(number)
        case .text(let text): self = .text(text)
        }
    }
}

/// How much is read at a time: where readers keep others from writing, what a short time allows; else so many rows as can
/// be held in memory.
struct Portion {
    /// Rows that one query gives at most.
    let rows: Int
    /// Nil where readers keep nobody from writing.
    let time: Duration?
    private let end: Duration?
    private var counted = 0

    init(time: Duration) {
        rows = .max
        self.time = time
        end = .uptime + time
    }

    init(rows: Int) {
        self.rows = rows
        time = nil
        end = nil
    }

    /// One more was read.
    mutating func count() { counted += 1 }

    var isOver: Bool { counted >= rows || end.map { Duration.uptime >= $0 } ?? false }
}

extension Timestamp {
    /// Of a row that may be damaged: at least in the year 1 and at most in 9999, so that it can be reckoned with.
    init(kept milliseconds: Int64) {
        self.init(milliseconds: min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999))
    }
}

// The standard's way to write a name, and a text.

func quoted(name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

func quoted(text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

internal import CSQLite
internal import Reconciliation

/// A prepared statement: prepared in `init`, finalized with the value. Used on one thread at a time, as its
/// connection is.
final class Statement {
    private let handle: OpaquePointer
    let sql: String

    init(_ connection: Connection, _ sql: String) throws(DatabaseError) {
        var handle: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, flags, &handle, nil)
        guard code == SQLITE_OK, let handle else {
            throw DatabaseError(connection.handle, code: code, sql: sql)
        }
        self.handle = handle
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs it to its end.
    /// - Returns: how many rows an `INSERT`, `UPDATE` or `DELETE` changed itself, those of triggers not counted.
    @discardableResult
    func run(_ values: SQLValue...) throws(DatabaseError) -> Int {
        try run(values)
    }

    /// As above.
    @discardableResult
    func run(_ values: [SQLValue]) throws(DatabaseError) -> Int {
        try bind(values)
        defer { reset() }
        while try step() {}
        return Int(sqlite3_changes64(sqlite3_db_handle(handle)))
    }

    /// As above; of all rows that were changed, those of triggers are counted.
    func runCountingAll(_ values: [SQLValue]) throws(DatabaseError) -> (own: Int, all: Int) {
        let before = sqlite3_total_changes64(sqlite3_db_handle(handle))
        let own = try run(values)
        return (own, Int(sqlite3_total_changes64(sqlite3_db_handle(handle)) - before))
    }

    /// Reads the first row; nil when there is none.
    func first<Value>(_ values: SQLValue..., read: (Statement) throws -> Value) throws -> Value? {
        try bind(values)
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Reads every row.
    func all<Value>(_ values: SQLValue..., read: (Statement) throws -> Value) throws -> [Value] {
        try bind(values)
        defer { reset() }
        var rows: [Value] = []
        while try step() { rows.append(try read(self)) }
        return rows
    }

    /// Visits rows until `body` has had enough.
    /// - Returns: false when `body` stopped it.
    @discardableResult
    func each(_ values: SQLValue..., body: (Statement) throws -> Flow) throws -> Bool {
        try bind(values)
        defer { reset() }
        while try step() {
            if case .stop = try body(self) { return false }
        }
        return true
    }

    var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    enum Flow {
        case more
        case stop
    }

    private func bind(_ values: [SQLValue]) throws(DatabaseError) {
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let number): sqlite3_bind_int64(handle, index, number)
                case .real(let number): sqlite3_bind_double(handle, index, number)
                case .text(var text): text.withUTF8 { bindText($0, at: index) }
                }
            guard code == SQLITE_OK else { throw DatabaseError(sqlite3_db_handle(handle), code: code, sql: sql) }
        }
    }

    private func bindText(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int32) -> Int32 {
        bytes.withMemoryRebound(to: CChar.self) {
            bizgo_sqlite3_bind_text(handle, index, $0.baseAddress, Int32(clamping: $0.count))
        }
    }

    private func step() throws(DatabaseError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw DatabaseError(sqlite3_db_handle(handle), code: code, sql: sql)
        }
    }

    /// Ignores the result: it repeats the error of the last step, which was thrown.
    private func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}

// MARK: Columns of the current row, from 0.

extension Statement {
    func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    /// As much as can be added to, whatever a damaged row holds.
    func count(_ column: Int32) -> Int {
        Int(min(max(sqlite3_column_int64(handle, column), -Self.most), Self.most))
    }

    private static let most: Int64 = 1 << 53

    func flag(_ column: Int32) -> Bool {
        sqlite3_column_int64(handle, column) != 0
    }

    /// Numbers as SQLite writes them; nil for NULL.
    func text(_ column: Int32) -> String? {
        guard let bytes = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Nil for what cannot be one: NULL, the empty text, and bytes that are no UTF-8 (repaired, it would be another's).
    func key(_ column: Int32) -> MessageKey? {
        guard let bytes = sqlite3_column_text(handle, column) else { return nil }
        let buffer = UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
        return String(validating: buffer, as: UTF8.self).flatMap { $0.isEmpty ? nil : MessageKey($0) }
    }

    /// Whether there is something that cannot be a message key.
    func holdsNoKey(_ column: Int32) -> Bool {
        guard let bytes = sqlite3_column_text(handle, column) else { return false }
        let buffer = UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
        return !buffer.allSatisfy { $0 < 0x80 } && String(validating: buffer, as: UTF8.self) == nil
    }

    /// Whether the column holds a text of just these bytes.
    func holdsText(_ column: Int32, of bytes: [UInt8]) -> Bool {
        guard sqlite3_column_type(handle, column) == SQLITE_TEXT, let text = sqlite3_column_text(handle, column) else {
            return false
        }
        return UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column))).elementsEqual(bytes)
    }

    /// A column of the reconciler's own, in milliseconds.
    func time(_ column: Int32) -> Timestamp? {
        isNull(column) ? nil : Timestamp(kept: integer(column))
    }

    func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, column))
        case SQLITE_NULL: .null
        default: SQLValue(text(column))
        }
    }
}

extension Timestamp {
    /// Of a row that may be damaged: at least in the year 1 and at most in 9999, so that it can be reckoned with.
    init(kept milliseconds: Int64) {
        self.init(milliseconds: min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999))
    }
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
}

// SQL's way to write a name, and a text.

func quoted(name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

func quoted(text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

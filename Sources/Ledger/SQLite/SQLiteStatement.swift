internal import CSQLite
internal import Reconciliation

/// A prepared statement: prepared in `init`, finalized with the value. Used on one thread at a time, as its
/// connection is.
final class SQLiteStatement {
    private let handle: OpaquePointer
    let sql: String

    init(_ connection: SQLiteConnection, _ sql: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, flags, &handle, nil)
        guard code == SQLITE_OK, let handle else {
            throw SQLiteError(connection.handle, code: code, sql: sql)
        }
        self.handle = handle
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    private func bind(_ values: [SQLValue]) throws(SQLiteError) {
        for (offset, value) in values.prefix(parameterCount).enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let number): sqlite3_bind_int64(handle, index, number)
                case .real(let number): sqlite3_bind_double(handle, index, number)
                case .text(var text): text.withUTF8 { bindText($0, at: index) }
                }
            guard code == SQLITE_OK else { throw SQLiteError(sqlite3_db_handle(handle), code: code, sql: sql) }
        }
    }

    private func bindText(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int32) -> Int32 {
        bytes.withMemoryRebound(to: CChar.self) {
            bizgo_sqlite3_bind_text(handle, index, $0.baseAddress, Int32(clamping: $0.count))
        }
    }

    private func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(sqlite3_db_handle(handle), code: code, sql: sql)
        }
    }

    /// Ignores the result: it repeats the error of the last step, which was thrown.
    private func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}

extension SQLiteStatement: PreparedStatement {
    func run(_ values: [SQLValue]) throws -> Int {
        try bind(values)
        defer { reset() }
        while try step() {}
        return Int(sqlite3_changes64(database))
    }

    /// What triggers change is counted, too: only they could take it back.
    func change(_ values: [SQLValue]) throws -> Change {
        let before = sqlite3_total_changes64(database)
        let own = try run(values)
        return Change(rows: own, isSure: Int(sqlite3_total_changes64(database) - before) == own)
    }

    func insert(_ values: [SQLValue], numbering column: String) throws -> Int64 {
        _ = try run(values)
        return sqlite3_last_insert_rowid(database)
    }

    func each(_ values: [SQLValue], body: (any Row) throws -> Flow) throws -> Bool {
        try bind(values)
        defer { reset() }
        while try step() {
            if case .stop = try body(self) { return false }
        }
        return true
    }

    /// What lies behind the last one that occurs is not bound.
    private var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    private var database: OpaquePointer? { sqlite3_db_handle(handle) }
}

extension SQLiteStatement: Row {
    func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    func flag(_ column: Int32) -> Bool {
        sqlite3_column_int64(handle, column) != 0
    }

    func withText<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value? {
        guard let bytes = sqlite3_column_text(handle, column) else { return nil }
        return body(UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func holdsText(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_TEXT
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

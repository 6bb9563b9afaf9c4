internal import CSQLite
internal import Reconciliation

/// What SQLite said, and to which statement.
struct DatabaseError: Error, CustomStringConvertible {
    /// The extended result code.
    let code: Int32
    /// SQLite's words, cleaned: a trigger's `RAISE` may say anything, values included, and so may a `CHECK`.
    var message: String
    let sql: String?
    /// `errno` of the system call that failed last; 0 when none did.
    let systemError: Int32

    init(_ database: OpaquePointer?, code: Int32, sql: String? = nil) {
        self.code = database.map { sqlite3_extended_errcode($0) } ?? code
        message = SafeText.clean(String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)))
        self.sql = sql
        systemError = database.map { sqlite3_system_errno($0) } ?? 0
    }

    /// Without the extension: `SQLITE_BUSY` for `SQLITE_BUSY_RECOVERY`.
    var primaryCode: Int32 { code & 0xff }

    var description: String {
        "SQLite error \(code): \(message)" + (sql.map { " in \($0)" } ?? "")
    }
}

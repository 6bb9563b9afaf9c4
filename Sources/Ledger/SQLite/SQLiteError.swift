internal import CSQLite
internal import Engine
internal import Glibc
internal import Reconciliation

/// What SQLite said, and to which statement.
struct SQLiteError: Error, CustomStringConvertible {
    /// The extended result code.
    let code: Int32
    /// SQLite's words, cleaned: a trigger's `RAISE` may say anything, values included, and so may a `CHECK`.
    var message: String
    let sql: String?
    /// `errno` of the system call that failed last; 0 when none did.
    let systemError: Int32

    init(_ database: OpaquePointer?, code: Int32, sql: String? = nil) {
        self.code = database.map { sqlite3_extended_errcode($0) } ?? code
        message = Redaction.clean(String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)))
        self.sql = sql
        systemError = database.map { sqlite3_system_errno($0) } ?? 0
    }

    /// Without the extension: `SQLITE_BUSY` for `SQLITE_BUSY_RECOVERY`.
    var primaryCode: Int32 { code & 0xff }

    var description: String {
        "SQLite error \(code): \(message)" + (sql.map { " in \($0)" } ?? "")
    }
}

extension LedgerError {
    /// What an error means for whoever runs the reconciler.
    init(_ error: any Error, path: String, busyTimeout: Duration) {
        switch error {
        case let error as LedgerError:
            self = error
        case let error as SQLiteError:
            self.init(error, path, busyTimeout)
        default:
            self.init(.unexpected, "\(path): \(error)")
        }
    }

    private init(_ error: SQLiteError, _ path: String, _ busyTimeout: Duration) {
        self =
            Self.ofTheMoment(error, path, busyTimeout) ?? Self.ofPermission(error, path) ?? Self.ofTheFile(error, path)
            ?? Self.ofTheSchema(error, path) ?? LedgerError(.unexpected, "\(path): \(error)")
    }

    /// What passes, or passes once there is room.
    private static func ofTheMoment(_ error: SQLiteError, _ path: String, _ busyTimeout: Duration) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED:
            LedgerError(
                .busy,
                "\(path) stayed locked for \(busyTimeout.inSeconds) s (store.busy_timeout): another program keeps a"
                    + " transaction open")
        case SQLITE_INTERRUPT:
            LedgerError(.interrupted, "\(path): \(error.message)")
        case SQLITE_FULL:
            LedgerError(.full, Self.full(path))
        case SQLITE_IOERR where [ENOSPC, EDQUOT].contains(error.systemError):
            LedgerError(.full, Self.full(path))
        default: nil
        }
    }

    /// What may not be written.
    private static func ofPermission(_ error: SQLiteError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_READONLY, SQLITE_PERM:
            LedgerError(
                .readOnly, "\(path) or its folder cannot be written: check owner, mode and mount (\(error.message))")
        case SQLITE_CANTOPEN where [EACCES, EPERM, EROFS].contains(error.systemError):
            LedgerError(
                .readOnly,
                "\(path), its folder or a file beside it cannot be opened for writing: check owner, mode and mount"
                    + " (\(error.systemWords))")
        default: nil
        }
    }

    /// What cannot be opened or read.
    private static func ofTheFile(_ error: SQLiteError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_CANTOPEN:
            LedgerError(.unusable, "\(path) cannot be opened: \(error.systemWords)")
        case SQLITE_NOTADB:
            LedgerError(.unusable, "\(path) is not an SQLite database, or an encrypted one: check store.path")
        case SQLITE_CORRUPT:
            ofAnUnreadableSchema(error, path) ?? ofDamage(error, path)
        case SQLITE_IOERR:
            LedgerError(.damaged, "\(path): \(error.message) (\(error.systemWords)): check the disk")
        default: nil
        }
    }

    /// A schema that says what this SQLite does not understand, in a file that is sound.
    private static func ofAnUnreadableSchema(_ error: SQLiteError, _ path: String) -> LedgerError? {
        guard let (object, reason) = error.notUnderstood else { return nil }
        return LedgerError(
            .unusable,
            "install a newer libsqlite3: SQLite \(SQLLedger.libraryVersion), which the reconciler uses, does not"
                + " understand \(object) in the schema of \(path) (\(reason)), as a newer one made it")
    }

    /// SQLite says that it is damaged. It says so, too, of an index that does not agree with its table.
    private static func ofDamage(_ error: SQLiteError, _ path: String) -> LedgerError {
        let remedy = "stop the application and restore a backup, or salvage it with `sqlite3 \(path) .recover`"
        return switch Diagnosis(path: path).soundness() {
        case .damaged(let found):
            LedgerError(.damaged, "\(path) is damaged (\(error.message); quick_check: \(found)): \(remedy)")
        case .unknown:
            LedgerError(
                .damaged,
                "\(path) seems damaged (\(error.message)): ask `sqlite3 \(path) 'PRAGMA quick_check'`; if it says so,"
                    + " too, \(remedy)")
        case .sound:
            LedgerError(
                .unusable,
                "SQLite says \(error.message), but quick_check finds the file sound: an index, or a full-text table that a"
                    + " trigger writes, does not agree with its table in \(path): REINDEX, or the full-text table's"
                    + " 'rebuild', mends that")
        }
    }

    /// What the tables do not admit.
    private static func ofTheSchema(_ error: SQLiteError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_CONSTRAINT:
            LedgerError(
                .rowRejected,
                "\(error.message): the table's own rules in \(path) refuse the change: check store.statuses and the table's"
                    + " constraints, foreign keys and triggers")
        case SQLITE_ERROR where error.isAboutOwnTables:
            ownTablesChanged(error.message, path)
        case SQLITE_ERROR:
            ofWhatIsMissing(error, path) ?? ofTheTable(error, path)
        default: nil
        }
    }

    /// What the application gives its own connections, and the schema needs.
    private static func ofWhatIsMissing(_ error: SQLiteError, _ path: String) -> LedgerError? {
        guard let (kind, name) = error.missing else { return nil }
        let user = Diagnosis(path: path).users(of: name) ?? "the schema"
        return LedgerError(
            .unusable,
            "\(user) needs \(kind) \(name), which only the application's own connections to \(path) have"
                + " (\(error.message)): have SQLite's own do its work, or drop what needs it")
    }

    private static func ofTheTable(_ error: SQLiteError, _ path: String) -> LedgerError? {
        if let name = error.missingObject {
            let user = Diagnosis(path: path).users(of: name).map { ", which is named by \($0)" } ?? ""
            return LedgerError(
                .unusable,
                "\(error.message)\(user): the table in \(path) is no longer as it was; check store.columns and the table's"
                    + " triggers and foreign keys")
        }
        if error.message.hasPrefix("foreign key mismatch") {
            return LedgerError(
                .unusable,
                "\(error.message) in \(path): what a foreign key refers to must be there, as a PRIMARY KEY or UNIQUE: mend"
                    + " its declaration")
        }
        guard error.isAboutApplicationsTable else { return nil }
        return LedgerError(
            .unusable,
            "\(error.message): the table in \(path) cannot be worked on as it is: check its triggers, indexes, generated"
                + " columns and constraints")
    }

    private static func full(_ path: String) -> String {
        "no room for \(path): make room on its disk, or raise its quota or max_page_count"
    }
}

extension SQLiteError {
    /// SQLITE_CONSTRAINT_FOREIGNKEY, whose macro Swift cannot see.
    var isOfForeignKey: Bool { code == SQLITE_CONSTRAINT | (3 << 8) }

    /// Only the reconciler's tables have such names.
    var isAboutOwnTables: Bool {
        message.hasPrefix("no such table: reconciler_") || message.hasPrefix("no such table: main.reconciler_")
    }

    /// Of the statements, not of the row they were run for: the whole table is concerned until somebody mends it.
    var isAboutSchema: Bool { primaryCode == SQLITE_ERROR || primaryCode == SQLITE_SCHEMA }

    /// The object that SQLite does not understand, and why; nil when the schema is not to blame, or its pages are.
    fileprivate var notUnderstood: (object: String, reason: String)? {
        let start = "malformed database schema ("
        guard message.hasPrefix(start) else { return nil }
        let rest = message.dropFirst(start.count)
        guard let end = rest.firstRange(of: ") - "), end.lowerBound > rest.startIndex else { return nil }
        let reason = String(rest[end.upperBound...])
        // What is said of pages that are not what the schema says.
        guard !["invalid rootpage", "orphan index"].contains(where: reason.hasPrefix) else { return nil }
        return (String(rest[..<end.lowerBound]), reason)
    }

    /// A function, collation or module that SQLite does not have here, by its name.
    fileprivate var missing: (kind: String, name: String)? {
        let forms = [
            ("no such function: ", "the function"), ("unknown function: ", "the function"),
            ("wrong number of arguments to function ", "the function"), ("unsafe use of virtual table ", "the table"),
            ("unsafe use of ", "the function"), ("no such collation sequence: ", "the collation"),
            ("no such module: ", "the module"),
        ]
        guard let (prefix, kind) = forms.first(where: { message.hasPrefix($0.0) }) else { return nil }
        let name = message.dropFirst(prefix.count).prefix { $0 != "(" }
        return (kind, name.trimmingPrefix("\"").split(separator: "\"").first.map(String.init) ?? "")
    }

    /// A table or column that somebody has dropped or renamed, without the name of the schema or alias before it.
    fileprivate var missingObject: String? {
        for prefix in ["no such table: ", "no such column: "] where message.hasPrefix(prefix) {
            return message.dropFirst(prefix.count).split(separator: ".").last.map(String.init)
        }
        return message.firstRange(of: "has no column named ").map { String(message[$0.upperBound...]) }
    }

    /// Only statements about that one name the schema `main` so.
    fileprivate var isAboutApplicationsTable: Bool {
        sql.map { $0.contains("\"main\".\"") || $0.hasPrefix("CREATE INDEX ") } ?? false
    }

    fileprivate var systemWords: String {
        systemError == 0 ? message : String(cString: strerror(systemError))
    }
}
